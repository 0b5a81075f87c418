import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { receiveAs } from '../../shared/contracts/receive.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchId } from '../../shared/ids.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { createChance } from '../../simulator/chance.ts'
import { createEmbeddedUploadStore } from '../../simulator/content/embedded.ts'
import { filesByEssay } from '../../simulator/content/uploads.ts'
import { answersOf, createSimulator } from '../../simulator/service.ts'
import { silent } from '../support/silent.ts'
import { AT, catalog, recordOf, registration, SURROUNDINGS, said, settings } from './support.ts'

const ID = batchId('b-1')
const file = (fileName: string, storageId = `stored ${fileName}`) => ({ batchId: ID, fileName, storageId })
const databases: ReturnType<typeof openDatabase>[] = []
afterEach(() => {
  for (const db of databases.splice(0)) db.close()
})

/** A simulator whose log only keeps what is published; `registered` answers a registration as the consumer would. */
const open = (config = settings()) => {
  const db = openDatabase(':memory:')
  databases.push(db)
  const uploads = createEmbeddedUploadStore(db)
  const published: OutgoingMessage[] = []
  const log = {
    publish: async (messages: readonly OutgoingMessage[]) => {
      published.push(...messages)
      return []
    },
    consume: () => Promise.reject(new Error('not here')),
    ensureTopics: async () => {},
    partitions: async () => [],
    ping: async () => {},
    close: async () => {},
  }
  const metrics = createMetrics('simulator')
  const simulator = createSimulator({
    ...SURROUNDINGS,
    config,
    catalog,
    log,
    logger: silent,
    metrics,
    uploads,
    clock: () => AT,
  })
  const registered = (essays: readonly string[]) => {
    const answers = answersOf(catalog, config, createChance(config.SIMULATOR_SEED), uploads)
    const answer = answers.find(({ topic }) => topic === TOPICS.essaysRegistered)
    const script = answer?.read(recordOf(registration('b-1', essays)))
    return [...(script?.cues() ?? [])].map(({ message }) => message())
  }
  return { ...simulator, registered, published, uploads }
}
const texts = (messages: readonly OutgoingMessage[]) =>
  said(messages, TOPICS.contentProvisioned).map(({ essays_for_processing }) =>
    Object.fromEntries(essays_for_processing.map(({ essay_id, text_storage_id }) => [essay_id, text_storage_id])),
  )

describe('an upload', () => {
  test('before the registration is answered is the text of its essay there', async () => {
    const { registered, uploaded, published } = open()
    await uploaded(file('anna.docx'))
    expect(published).toEqual([])
    const messages = registered(['anna', 'bo'])
    expect(texts(messages)[0]).toMatchObject({ anna: 'stored anna.docx', bo: expect.not.stringContaining('stored') })
    expect(said(messages, TOPICS.slotAssigned).map(({ original_file_name }) => original_file_name)).toEqual([
      'anna.docx',
      'bo.docx',
    ])
  })

  test('after it provides the content once more, later than before, and leaves the other texts as they were', async () => {
    const { registered, uploaded, published } = open(settings({ SIMULATOR_PHASE_MS: '500' }))
    const messages = registered(['anna', 'bo'])
    const [before] = texts(messages)
    await uploaded(file('anna.txt'))
    await uploaded(file('anna.txt', 'newer'))
    expect(texts(published)).toEqual([
      { ...before, anna: 'stored anna.txt' },
      { ...before, anna: 'newer' },
    ])
    const at = (message: OutgoingMessage | undefined) =>
      message ? receiveAs(TOPICS.contentProvisioned, recordOf(message)).at : 0
    expect(at(published[0])).toBeGreaterThan(at(messages.at(-1)))
    expect(new Set(published.map((one) => one.headers?.['event_id'])).size).toBe(2)
  })

  test('for an essay that validation refuses changes nothing', async () => {
    const { registered, uploaded, published } = open()
    registered(['anna-fail-content'])
    await uploaded(file('anna-fail-content.txt'))
    expect(published).toEqual([])
  })

  test('is remembered with its registration by whoever opens the state again', () => {
    const { uploads, registered } = open()
    registered(['anna'])
    uploads.add(file('b.txt', 'first'))
    uploads.add(file('a.txt'))
    uploads.add(file('b.txt', 'second'))
    const [db] = databases
    const again = db && createEmbeddedUploadStore(db)
    expect(again?.filesOf(ID)).toEqual([file('b.txt', 'second'), file('a.txt')])
    expect(again?.registrationOf(ID)?.topic).toBe(TOPICS.essaysRegistered)
    expect(again?.registrationOf(batchId('other'))).toBeUndefined()
  })
})

test('each file is of one essay and each essay has one file at most: by its name, else in order', () => {
  const names = (files: readonly string[]) =>
    [
      ...filesByEssay(
        ['anna', 'bo', 'cleo.txt'],
        files.map((name) => file(name)),
      ),
    ].map(([id, { fileName }]) => [id, fileName])
  expect(names(['scan1.pdf', 'bo.docx', 'cleo.txt', 'scan2.pdf'])).toEqual([
    ['bo', 'bo.docx'],
    ['cleo.txt', 'cleo.txt'],
    ['anna', 'scan1.pdf'],
  ])
  const name = fc.stringMatching(/^[a-c]{1,2}(\.txt)?$/)
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.uniqueArray(name), (essays, files) => {
      const found = filesByEssay(
        essays,
        files.map((one) => file(one)),
      )
      const used = [...found.values()].map(({ fileName }) => fileName)
      expect(new Set(used).size).toBe(used.length)
      expect([...found.keys()].every((essay) => essays.includes(essay))).toBe(true)
    }),
  )
})
