import { consumeFacts } from '../conductor/consumer.ts'
import { createEmbeddedOwnedIndex } from '../conductor/owned/embedded.ts'
import { PROJECTED_TOPICS, projectRecord } from '../conductor/projections/index.ts'
import { FACTS_GROUP } from '../conductor/service.ts'
import type { BatchStore } from '../conductor/state/port.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { createUnapplied } from '../conductor/unapplied.ts'
import { TOPICS } from '../shared/contracts/topics.ts'
import { batchId, derivedId } from '../shared/ids.ts'
import { createKafkaLog } from '../shared/log/kafka/log.ts'
import type { LogRecord, OutgoingMessage } from '../shared/log/port.ts'
import { topicSpecs } from '../shared/log/topic-specs.ts'
import { createMarkerKeeper } from '../shared/store/marker/keeper.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { createWriteCounts } from '../shared/store/marker/write-counts.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { openDatabase } from '../shared/store/sqlite.ts'
import { analysed, registered, spellchecked, withFeedback } from '../test/conductor/messages.ts'
import { catalog } from '../test/conductor/support.ts'
import { silent } from '../test/support/silent.ts'
import { until } from '../test/support/until.ts'
import { type Cost, cost, medianCost, ownCpu } from './cost.ts'
import { type Figure, type MemorySample, median, memoryRows, sampleMemory } from './figure.ts'

const BATCHES = 1_000
const ESSAYS = 30
const RUNS = 7
const PHASES = [spellchecked, analysed, withFeedback]
const EVENTS = BATCHES * ESSAYS * PHASES.length
/** Calls under way at a time, for the ceiling. */
const PIPELINED = 500

const ids = Array.from({ length: BATCHES }, (_, n) => batchId(derivedId('bench', n)))
const essaysOf = (id: string) => Array.from({ length: ESSAYS }, (_, n) => derivedId(id, n))

/** Interleaved over all batches and keyed by essay, as the original's specialists send them. */
function* events(): Generator<OutgoingMessage> {
  const essays = ids.map((id) => [id, essaysOf(id)] as const)
  for (const phase of PHASES)
    for (let n = 0; n < ESSAYS; n++) for (const [id, of] of essays) yield phase(id, of[n] ?? '')
}

const inChunks = async <Item>(items: Iterable<Item>, size: number, work: (chunk: Item[]) => Promise<unknown>) => {
  let chunk: Item[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    await work(chunk)
    chunk = []
  }
  if (chunk.length > 0) await work(chunk)
}

const producesText = (phase: string) => catalog.phases.get(phase)?.producesText ?? false
const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text)
const asRecord = ({ topic, key, value, headers }: OutgoingMessage, offset: number): LogRecord => ({
  topic,
  partition: 0,
  offset,
  key: bytes(key ?? ''),
  value: bytes(value),
  headers,
  timestamp: 0,
})

/** Every event in a script call of its own, many under way at a time, already read: what a projection one by one reaches at best. */
const oneByOne = async (store: BatchStore): Promise<Cost> => {
  const changes = [...events()].map((message, offset) => {
    const { event } = projectRecord(asRecord(message, offset), { producesText })
    return {
      batchId: batchId(
        JSON.parse(String(message.value)).data.batch_id ?? JSON.parse(String(message.value)).data.parent_id,
      ),
      events: [event],
    }
  })
  return cost(EVENTS, () => inChunks(changes, PIPELINED, (chunk) => store.apply(chunk)))
}

/** The projection as the conductor runs it, from real Kafka into real Redis. */
export const projection: Figure = {
  name: 'projection',
  about: `${BATCHES} batches of ${ESSAYS} essays through three phases, interleaved, keyed by essay`,
  async measure({ brokers, redisUrl }) {
    const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
    const log = createKafkaLog({ brokers, clientId: 'bench', logger: silent, prefix })
    const topics = Object.values(TOPICS)
    await log.ensureTopics(topicSpecs({ topics, partitions: 6, stateExpiryMs: 86_400_000, maxBatchEssays: 1_000 }))
    await inChunks(ids, 100, (chunk) =>
      log.publish(
        chunk.map((id) => registered(id, essaysOf(id))),
        { timeoutMs: 60_000 },
      ),
    )
    await inChunks(events(), 2_000, (chunk) => log.publish(chunk, { timeoutMs: 60_000 }))
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })

    const ours: Cost[] = []
    const ceiling: Cost[] = []
    const factsPerCall: number[] = []
    const memory: MemorySample[] = []
    for (let run = 0; run < RUNS; run++) {
      const store = createRedisBatchStore({ redis, prefix: `${prefix}${run}-`, group: FACTS_GROUP })
      let calls = 0
      let began: { readonly at: number; readonly cpu: number } | undefined
      const counting: BatchStore = {
        ...store,
        apply(changes, counted) {
          // The clock starts with the first events: how long a group takes to be joined is another question.
          began ??= { at: performance.now(), cpu: ownCpu() }
          calls += changes.length
          return store.apply(changes, counted)
        },
      }
      const group = `${FACTS_GROUP}-${run}`
      const writes = createWriteCounts()
      const subscription = await consumeFacts({
        log,
        store: counting,
        owned: createEmbeddedOwnedIndex(openDatabase(':memory:')),
        catalog,
        logger: silent,
        metrics: { projected() {}, ignored() {} },
        processorMetrics: { deadLettered() {}, held() {} },
        group,
        writes,
        unapplied: createUnapplied(),
      })
      const keeper = createMarkerKeeper({
        markers: createRedisMarkers({ redis, prefix: `${prefix}${run}-` }),
        subscription,
        log,
        topics: PROJECTED_TOPICS,
        group,
        writes,
        logger: silent,
        metrics: { mismatch() {} },
      })
      const started = keeper.start()
      const total = () => subscription.applied().reduce((sum, { offset }) => sum + offset, 0)
      await until(() => total() === EVENTS + BATCHES, { timeoutMs: 300_000, what: 'all events', intervalMs: 5 })
      const { at, cpu } = began ?? { at: 0, cpu: 0 }
      const count = EVENTS + BATCHES
      ours.push({ perSecond: count / ((performance.now() - at) / 1_000), cpuMs: (ownCpu() - cpu) / count })
      await started
      await subscription.stop(() => keeper.look())
      await keeper.stop()
      factsPerCall.push((EVENTS + BATCHES) / calls)
      memory.push(sampleMemory())
      ceiling.push(await oneByOne(createRedisBatchStore({ redis, prefix: `${prefix}${run}-one-`, group: FACTS_GROUP })))
    }
    await log.close()
    await redis.close()
    const [us, one] = [medianCost(ours), medianCost(ceiling)]
    return [
      {
        what: 'events/s',
        value: us.perSecond,
        ceiling: one.perSecond,
        cpuMs: us.cpuMs,
        note: `ceiling: an EVALSHA an event, pipelined, already read; ${one.cpuMs.toPrecision(2)} CPU ms each`,
      },
      { what: 'events a call', value: median(factsPerCall) },
      ...memoryRows(memory),
    ]
  },
}
