import { afterEach, describe, expect, test } from 'bun:test'
import { dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { batchId } from '../../shared/ids.ts'
import { DeadLetter } from '../../shared/log/dead-letter.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { EventLog, OutgoingMessage } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { describeEngines, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { registered } from './messages.ts'
import { conductorOf } from './running.ts'
import { embeddedStore } from './state/support.ts'

/** How many malformed messages; `npm run malformed` sends 10,000. */
const COUNT = Number(process.env['BATON_MALFORMED'] ?? 400)
const LIMIT = { timeoutMs: 20_000 + 20 * COUNT }

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

type Json = Record<string, unknown>
const utf8 = new TextEncoder()
const changed = (change: (envelope: Json) => Json) => (good: Json) => utf8.encode(JSON.stringify(change(good)))
const without = (name: string) => changed(({ [name]: _, ...rest }) => rest)
const withData = (data: unknown) => changed((good) => ({ ...good, data }))
const dataWith = (more: Json) => changed((good) => ({ ...good, data: { ...Object(good['data']), ...more } }))

/** Twenty ways to be wrong; `n` keeps every message different from all others. */
const KINDS: readonly ((good: Json, n: number) => Uint8Array)[] = [
  () => new Uint8Array(),
  (_, n) => utf8.encode(`not json ${n}`),
  (good) => utf8.encode(JSON.stringify(good).slice(0, -2)),
  (_, n) => new Uint8Array([0xff, 0xfe, 0, n % 256, n >> 8]),
  (_, n) => new Uint8Array([...utf8.encode('{"a":"'), 0xc3, 0x28, n % 256]),
  () => utf8.encode('null'),
  (_, n) => utf8.encode(`[${n}]`),
  (_, n) => utf8.encode(String(n)),
  (_, n) => utf8.encode(`"text ${n}"`),
  (_, n) => utf8.encode(`{"n":${n}}`),
  without('event_type'),
  without('source_service'),
  without('data'),
  changed((good) => ({ ...good, event_id: 'no uuid' })),
  changed((good) => ({ ...good, event_timestamp: 'yesterday' })),
  changed((good) => ({ ...good, correlation_id: null })),
  changed((good) => ({ ...good, metadata: [] })),
  withData({}),
  dataWith({ expected_essay_count: 12.5 }),
  dataWith({ course_code: 'KLINGON1' }),
]

const malformedContract = (open: () => Promise<EventLog>): void =>
  test(
    `${COUNT} malformed messages of ${KINDS.length} kinds between good ones are all dead letters, byte for byte, and the good ones are projected`,
    async () => {
      const log = await open()
      undo.push(() => log.close())
      const topics = Object.values(TOPICS)
      await log.ensureTopics(topicSpecs({ topics, partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
      const { store, markers } = embeddedStore()
      const one = conductorOf({ log, store, markers, deadLetters: embeddedLetters().store })
      undo.push(() => one.stop())
      await one.start()
      const letters: DeadLetter[] = []
      const decoder = new TextDecoder()
      const tail = await log.consume({ group: 'tail', topics: [dlqOf(TOPICS.essaysRegistered)] }, async (records) => {
        letters.push(...records.map(({ value }) => DeadLetter.parse(JSON.parse(decoder.decode(value ?? undefined)))))
      })
      undo.push(() => tail.stop())

      const good = Array.from({ length: 50 }, (_, n) => batchId(`good-${n}`))
      const sent: Uint8Array[] = []
      const messages: OutgoingMessage[] = []
      for (let n = 0; n < COUNT; n++) {
        const id = batchId(`bad-${n}`)
        const message = registered(id, [`e-${n}`])
        const value = KINDS[n % KINDS.length]?.(JSON.parse(String(message.value)), n) ?? new Uint8Array()
        sent.push(value)
        messages.push({ ...message, value })
        const between =
          n % Math.ceil(COUNT / good.length) === 0 ? good[Math.floor((n * good.length) / COUNT)] : undefined
        if (between) messages.push(registered(between, ['e1', 'e2']))
      }
      for (let from = 0; from < messages.length; from += 500)
        await log.publish(messages.slice(from, from + 500), { timeoutMs: 30_000 })

      await until(() => letters.length >= COUNT, { ...LIMIT, what: 'every dead letter' })
      const inOrder = (values: readonly string[]) => values.toSorted()
      expect(inOrder(letters.map(({ raw }) => raw ?? 'nothing'))).toEqual(
        inOrder(sent.map((value) => Buffer.from(value).toString('base64'))),
      )
      const registeredOnes = async () =>
        (await Promise.all(good.map((id) => store.read(id, {})))).every(({ registration }) => registration !== null)
      await until(registeredOnes, { ...LIMIT, what: 'every good one' })
      expect((await store.read(batchId('bad-0'), {})).registration).toBeNull()
    },
    LIMIT.timeoutMs * 2,
  )

describe('on the embedded log', () => {
  malformedContract(async () => createEmbeddedLog({ path: ':memory:', logger: silent }))
})

describeEngines('on Kafka', ({ brokers }) => {
  malformedContract(async () =>
    createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix: uniquePrefix(), replicationFactor: 1 }),
  )
})
