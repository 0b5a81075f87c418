import { Hono } from 'hono'
import { createConductorApp } from '../conductor/app.ts'
import { FACTS_GROUP } from '../conductor/service.ts'
import { batchContent, batchRegistered } from '../conductor/state/facts.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { bucketOf } from '../shared/buckets.ts'
import { batchId, essayId } from '../shared/ids.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { createCorrelationContext } from '../shared/telemetry/context.ts'
import { createLogger } from '../shared/telemetry/logger.ts'
import { createMetrics } from '../shared/telemetry/metrics.ts'
import { changeOf, eventOf, origin, registration } from '../test/conductor/state/support.ts'
import { catalog, KEY } from '../test/conductor/support.ts'
import { silent } from '../test/support/silent.ts'
import { ownCpu } from './cost.ts'
import { concurrently, type Figure, type MemorySample, median, memoryRows, percentile, sampleMemory } from './figure.ts'
import { projecting } from './projecting.ts'

const SIZES = [10, 1_000, 100_000]
const BUSY_SIZE = 1_000
const CONNECTIONS = 64
const REQUESTS = 2_000
/** Each takes a sixth of a second, in which a machine may have other things to do: what is compared is measured in turn. */
const RUNS = 24

interface Measured {
  readonly perSecond: number
  readonly p99: number
  /** Of this process, which is client and server. */
  readonly cpuMs: number
}

/** So many requests over so many connections, one after the other on each. */
const ask = async (url: string, body: string): Promise<Measured> => {
  const headers = { 'content-type': 'application/json', 'x-internal-api-key': KEY, 'x-service-id': 'bench' }
  const took: number[] = []
  const [started, before] = [performance.now(), ownCpu()]
  await concurrently(CONNECTIONS, REQUESTS, async () => {
    const begun = performance.now()
    const response = await fetch(url, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(await response.text())
    await response.arrayBuffer()
    took.push(performance.now() - begun)
  })
  const seconds = (performance.now() - started) / 1_000
  return { perSecond: REQUESTS / seconds, p99: percentile(took, 99), cpuMs: (ownCpu() - before) / REQUESTS }
}

/** A plan's cost by the batch's size, against a bare route that runs one script. Client and server share the machine. */
export const define: Figure = {
  name: 'define',
  about: `define over ${CONNECTIONS} connections, by the number of essays`,
  async measure({ redisUrl }) {
    const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
    const store = createRedisBatchStore({ redis, prefix, group: FACTS_GROUP })
    const markers = createRedisMarkers({ redis, prefix })
    const incr = redis.define({ name: 'benchIncr', numberOfKeys: 1, lua: `return redis.call('INCR', KEYS[1])` })
    const bare = new Hono().post('/', async (c) => {
      await c.req.json()
      return c.json({ count: await incr([`${prefix}bare`], []) })
    })
    const logger = createLogger({ service: 'conductor', level: 'info', write() {} })
    const fail = () => Promise.reject(new Error('define needs none of this'))
    const app = createConductorApp({
      ...{ store, logger, catalog, context: createCorrelationContext(), metrics: createMetrics('conductor') },
      owned: { list: fail, count: fail },
      deadLetters: { record: fail, decide: fail, page: fail, read: fail },
      log: { publish: fail },
      ...{
        internalKeys: [KEY],
        clock: Date.now,
        sleep: Bun.sleep,
        slowMs: 10_000,
        maxBodyBytes: 50_000,
        waitLimitMs: 0,
      },
      health: { version: '0', environment: 'bench', checks: [], exposition: fail },
    })
    const servers = [bare, app].map((each) =>
      Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (r) => each.fetch(r) }),
    )
    const [bareUrl = '', appUrl = ''] = servers.map(({ url }) => url.href)

    for (const size of SIZES) {
      const id = batchId(`batch-of-${size}`)
      const ids = Array.from({ length: size }, (_, n) => essayId(`essay-${n}`))
      const facts = [
        batchRegistered(registration({ expectedEssayCount: size }), ids, origin(1)),
        batchContent('ready', origin(2)),
      ]
      await store.apply([changeOf(id, eventOf(facts))])
      const move = { field: 'opened', expected: null, next: 0, writes: 0, caughtUp: true }
      await markers.keep(FACTS_GROUP, [{ bucket: bucketOf(id), moves: [move], required: ['opened'] }])
    }
    const bodyOf = (size: number, withIds = false) =>
      JSON.stringify({
        batch_id: `batch-of-${size}`,
        requested_pipeline: 'ai_feedback',
        correlation_id: crypto.randomUUID(),
        batch_metadata: { prompt_attached: true },
        with_essay_ids: withIds,
      })
    const measured = new Map<string, Measured[]>()
    const memory: MemorySample[] = []
    const projected: number[] = []
    const note = (what: string, one: Measured) => measured.set(what, [...(measured.get(what) ?? []), one])
    // The first run warms up and does not count.
    for (let run = 0; run <= RUNS; run++) {
      const inTurn: [string, () => Promise<Measured>][] = [
        ['bare', () => ask(bareUrl, bodyOf(10))],
        ...SIZES.map((size): [string, () => Promise<Measured>] => [
          String(size),
          () => ask(`${appUrl}internal/v1/pipelines/define`, bodyOf(size)),
        ]),
        ['named', () => ask(`${appUrl}internal/v1/pipelines/define`, bodyOf(BUSY_SIZE, true))],
        [
          'busy',
          async () => {
            const stop = projecting(store)
            const one = await ask(`${appUrl}internal/v1/pipelines/define`, bodyOf(BUSY_SIZE))
            projected.push(await stop())
            return one
          },
        ],
      ]
      // Each comes after each of the others as often, since what one leaves behind is collected in the time of the next.
      const first = run % inTurn.length
      for (const [what, work] of [...inTurn.slice(first), ...inTurn.slice(0, first)]) {
        const one = await work()
        if (run === 0) continue
        note(what, one)
        memory.push(sampleMemory())
      }
    }
    for (const server of servers) server.stop(true)
    await redis.close()

    const middle = (what: string | number, of: keyof Measured) =>
      median((measured.get(String(what)) ?? []).map((one) => one[of]))
    const ceiling = middle('bare', 'perSecond')
    const [smallest = 0] = SIZES
    return [
      ...SIZES.map((size) => ({
        what: `requests/s, ${size.toLocaleString('en')} essays`,
        value: middle(size, 'perSecond'),
        ceiling,
        cpuMs: middle(size, 'cpuMs'),
        note: `ceiling: bare Hono route with one EVALSHA, ${middle('bare', 'cpuMs').toPrecision(2)} CPU ms; both with their client`,
      })),
      ...SIZES.map((size) => ({
        what: `p99 ms, ${size.toLocaleString('en')} essays`,
        value: middle(size, 'p99'),
        ceiling: middle(smallest, 'p99'),
        note: `against ${smallest} essays`,
      })),
      {
        what: `requests/s, ${BUSY_SIZE.toLocaleString('en')} essays, 100 of each phase named`,
        value: middle('named', 'perSecond'),
        ceiling,
        note: 'ceiling: as above; the others ask for no names, as the orchestrator does',
      },
      {
        what: `requests/s, ${BUSY_SIZE.toLocaleString('en')} essays, while events are projected`,
        value: middle('busy', 'perSecond'),
        ceiling: middle(BUSY_SIZE, 'perSecond'),
        cpuMs: middle('busy', 'cpuMs'),
        note: `ceiling: the same alone; ${Math.round(median(projected)).toLocaleString('en')} events/s beside it, in the same process`,
      },
      { what: 'p99 ms of that', value: middle('busy', 'p99') },
      ...memoryRows(memory),
    ]
  },
}
