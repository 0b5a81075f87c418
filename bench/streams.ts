import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { newerSnapshots } from '../conductor/routes/newer-snapshots.ts'
import { FACTS_GROUP } from '../conductor/service.ts'
import { announced } from '../conductor/state/announced.ts'
import { batchRegistered, type EventFacts, essaySucceeded } from '../conductor/state/facts.ts'
import type { BatchStore } from '../conductor/state/port.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { createApp } from '../shared/http/app.ts'
import { batchId, derivedId, essayId, eventId } from '../shared/ids.ts'
import { createRedisChangeFeed } from '../shared/store/changes/redis.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { createCorrelationContext } from '../shared/telemetry/context.ts'
import { openForReaders } from '../test/conductor/state/support.ts'
import { catalog } from '../test/conductor/support.ts'
import { freePort } from '../test/support/free-port.ts'
import { silent } from '../test/support/silent.ts'
import { until } from '../test/support/until.ts'
import { cpuOf, cpuOfRow } from './cost.ts'
import type { Figure } from './figure.ts'
import { type Readers, startReaders } from './streams/readers.ts'

const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 10_000)
const CHANGES_PER_SECOND = Number(process.env['BENCH_CHANGES'] ?? 1_000)
const SECONDS = 20
const TICK_MS = 10
const essay = essayId('essay')
const ids = Array.from({ length: STREAMS }, (_, n) => batchId(`b${n}`))

/** Bytes that a process has in memory. */
const rss = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024

const eventOf = (n: number, facts: EventFacts['facts']): EventFacts => ({ partition: 'bench|0', offset: n, facts })
const origin = (n: number) => ({ at: n, eventId: eventId(derivedId('bench', n)) })

const register = (store: BatchStore) =>
  store.apply(
    ids.map((id, n) => {
      const registration = {
        ...{ userId: 'ada', orgId: null, courseCode: 'ENG5', classId: null, expectedEssayCount: 1 },
        ...{ studentPromptRef: null, registeredAt: 1_770_106_530_623 },
      }
      return { batchId: id, events: [eventOf(n, [batchRegistered(registration, [essay], origin(n))])] }
    }),
  )

/** Changes batches one after the other at a steady rate; the newest revision of each, and how many there were. */
const change = async (store: BatchStore) => {
  const newest: number[] = []
  const started = performance.now()
  let n = 0
  while (performance.now() - started < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - started) / 1_000) * CHANGES_PER_SECOND)
    const changes = Array.from({ length: due - n }, () => {
      const id = ids[n % STREAMS] ?? batchId('none')
      n += 1
      return { batchId: id, events: [eventOf(STREAMS + n, [essaySucceeded(essay, 'nlp', origin(STREAMS + n), null)])] }
    })
    const first = n - changes.length
    const applied = await store.apply(changes)
    applied.forEach(({ revision }, i) => {
      newest[(first + i) % STREAMS] = Number(revision)
    })
    await Bun.sleep(TICK_MS)
  }
  return { newest, perSecond: n / ((performance.now() - started) / 1_000) }
}

/** A conductor of nothing but what gateways that watch ask for. */
const serveSnapshots = (store: BatchStore) => {
  const app = createApp({
    ...{ service: 'conductor', logger: silent, context: createCorrelationContext(), clock: Date.now },
    ...{ metrics: { request() {}, problem() {}, inFlight() {} }, slowMs: 60_000, maxBodyBytes: 1_000_000 },
  })
  newerSnapshots(app, { store, catalog })
  return Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
}

/** Opens all readers at a server, and says what each costs it; microseconds of now in `from`. */
const openAll = async (readers: Readers, server: { port: number; pid: number }, path: string, authorization = '') => {
  const before = rss(server.pid)
  const order = { type: 'open', host: '127.0.0.1', port: server.port, path, authorization, count: STREAMS } as const
  await readers.tell(order, 'opened')
  // What opening left behind to be collected is no stream's.
  await Bun.sleep(3_000)
  const bytesEach = (rss(server.pid) - before) / STREAMS
  await readers.tell({ type: 'measure', from: (performance.timeOrigin + performance.now()) * 1_000 }, 'measuring')
  return bytesEach
}

const start = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  Bun.spawn([process.execPath, join(import.meta.dir, file), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })

const measureGateway = async (brokers: readonly string[], redisUrl: string) => {
  const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
  const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
  const store = announced(
    createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
    createRedisChangeFeed({ redis, prefix, logger: silent }),
  )
  openForReaders(createRedisMarkers({ redis, prefix }))
  await register(store)
  const conductor = serveSnapshots(store)
  const port = await freePort()
  const gateway = start('../gateway/main.ts', [], {
    ...{ KAFKA_BROKERS: brokers.join(','), KAFKA_PREFIX: prefix, TOPIC_PARTITIONS: '1' },
    ...{ REDIS_URL: redisUrl, REDIS_PREFIX: prefix, CONDUCTOR_URL: conductor.url.href },
    ...{ GATEWAY_PORT: String(port), INTERNAL_AUTH: 'off', AUTH_MODE: 'dev', LOG_LEVEL: 'error' },
    ...{ JWT_SECRET: 'a-secret-of-more-than-32-characters', RATE_LIMIT_DEFAULT_PER_MINUTE: '0' },
    ...{ RATE_LIMIT_ORGANISATION_PER_MINUTE: '0', STREAMS_PER_USER: String(STREAMS) },
  })
  const readers = startReaders()
  try {
    const url = `http://127.0.0.1:${port}`
    await until(async () => (await fetch(`${url}/healthz`)).ok, { timeoutMs: 20_000, what: 'the gateway to listen' })
    const headers = { 'content-type': 'application/json' }
    const signedIn = await fetch(`${url}/dev/token`, { method: 'POST', headers, body: '{"user_id":"ada"}' })
    const { access_token } = z.object({ access_token: z.string() }).parse(await signedIn.json())
    const server = { port, pid: gateway.pid }
    const bytesEach = await openAll(readers, server, '/v1/batches/b{n}/events', `Bearer ${access_token}`)
    const before = cpuOf(gateway.pid)
    const { newest, perSecond } = await change(store)
    const missedNow = (last: readonly number[]) => newest.filter((revision, n) => last[n] !== revision).length
    await until(async () => missedNow((await readers.tell({ type: 'report' }, 'report')).last) === 0, {
      ...{ timeoutMs: 15_000, intervalMs: 500, what: 'every reader to have the newest state' },
    }).catch(() => {})
    const report = await readers.tell({ type: 'report' }, 'report')
    const cpuMs = cpuOf(gateway.pid) - before
    return { ...report, bytesEach, perSecond, cpuMs: cpuMs / report.received, missed: missedNow(report.last) }
  } finally {
    await readers.stop()
    gateway.kill()
    await gateway.exited
    await conductor.stop(true)
    await redis.close()
  }
}

const measureBare = async () => {
  const port = await freePort()
  const server = start('streams/bare.ts', [String(port), String(CHANGES_PER_SECOND)])
  const readers = startReaders()
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })).ok, {
      ...{ timeoutMs: 10_000, what: 'the bare server to listen' },
    })
    const bytesEach = await openAll(readers, { port, pid: server.pid }, '/')
    server.kill('SIGUSR2')
    await Bun.sleep((SECONDS / 2) * 1_000)
    return { ...(await readers.tell({ type: 'report' }, 'report')), bytesEach }
  } finally {
    await readers.stop()
    server.kill('SIGKILL')
    await server.exited
  }
}

/** Many streams at one gateway, each of another batch, while batches change: from the commit in Redis to the reader. */
export const streams: Figure = {
  name: 'streams',
  about: `${STREAMS} open streams of as many batches at one gateway, ${CHANGES_PER_SECOND} changes/s for ${SECONDS} s`,
  async measure({ brokers, redisUrl }) {
    const bare = await measureBare()
    const ours = await measureGateway(brokers, redisUrl)
    const ceiling = 'ceiling: a Bun server of nothing but streams, with events of the same rate and size'
    return [
      { what: 'changes/s that were made', value: ours.perSecond },
      { what: 'memory of a stream, kB', value: ours.bytesEach / 1_000, ceiling: bare.bytesEach / 1_000, note: ceiling },
      { what: 'commit to receipt p50, ms', value: ours.p50 ?? Number.NaN, ceiling: bare.p50 ?? Number.NaN },
      { what: 'commit to receipt p99, ms', value: ours.p99 ?? Number.NaN, ceiling: bare.p99 ?? Number.NaN },
      { what: 'snapshots received', value: ours.received, ...cpuOfRow(ours), note: 'CPU of the gateway for one' },
      { what: 'readers without the final state', value: ours.missed },
      { what: 'readers that lost their connection', value: ours.closed },
    ]
  },
}
