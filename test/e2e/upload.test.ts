import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { messagesOn } from './messages.ts'
import { createProgramPool } from './process.ts'
import { createTeacher } from './teacher.ts'

const programs = createProgramPool()
const folders: string[] = []
afterAll(async () => {
  await programs.endAll()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

const Uploaded = z.object({ stored: z.array(z.object({ file_name: z.string(), storage_id: z.string() })) })

/** The whole way in one process: gateway, content store, simulator, facts, command. */
test('specialists are commanded with the files that were uploaded, also with those that came after the content was there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-upload-'))
  folders.push(folder)
  const env = {
    DATA_DIR: folder,
    GATEWAY_PORT: String(await freePort()),
    CONDUCTOR_PORT: String(await freePort()),
    ORCHESTRATOR_PORT: String(await freePort()),
    SIMULATOR_PHASE_MS: '20',
  }
  const program = programs.start('start.ts', env)
  await until(() => program.output().includes('Baton is ready'), { timeoutMs: 20_000, what: 'the start' })
  const teacher = await createTeacher([`http://127.0.0.1:${env.GATEWAY_PORT}`])
  const batchId = await teacher.register(['anna', 'bo', 'cleo'])
  const upload = async (name: string): Promise<string | undefined> => {
    const form = new FormData()
    form.append('files', new File(['Once upon a time'], name))
    const answer = await teacher.call(`/v1/batches/${batchId}/files`, { method: 'POST', body: form })
    return Uploaded.parse(await answer.json()).stored[0]?.storage_id
  }
  const anna = await upload('anna.docx')
  const isReady = async () => (await teacher.statusOf(batchId)).status === 'ready'
  await until(isReady, { timeoutMs: 20_000, what: 'the content', intervalMs: 100 })
  const scan = await upload('scan.pdf')
  await teacher.ended(batchId, await teacher.request(batchId, 'spellcheck'))
  await program.end('SIGTERM')

  const log = createEmbeddedLog({ path: join(folder, 'log.sqlite'), logger: silent })
  const commands = await messagesOn(log, [TOPICS.spellcheckCommand]).finally(() => log.close())
  const texts = commands.flatMap((command) =>
    command.topic === TOPICS.spellcheckCommand
      ? command.envelope.data.essays_to_process.map(({ essay_id, text_storage_id }) => [essay_id, text_storage_id])
      : [],
  )
  expect(Object.fromEntries(texts)).toEqual({ anna, bo: scan, cleo: expect.any(String) })
  expect(anna).toBeString()
  expect(scan).toBeString()
}, 60_000)
