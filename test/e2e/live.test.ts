import { afterAll, beforeAll, expect, test } from 'bun:test'
import { z } from 'zod'
import { announced } from '../../conductor/state/announced.ts'
import { batchRegistered, essaySucceeded } from '../../conductor/state/facts.ts'
import type { BatchStore } from '../../conductor/state/port.ts'
import { type BatchId, batchId, essayId } from '../../shared/ids.ts'
import { createRedisChangeFeed } from '../../shared/store/changes/redis.ts'
import { changeOf, eventOf, origin, redisForTests, redisStore, registration } from '../conductor/state/support.ts'
import { conductor, KEY } from '../conductor/support.ts'
import { installEngines } from '../engines/install.ts'
import { createNginx } from '../engines/nginx.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { followLive } from '../support/live-client.ts'
import { silent } from '../support/silent.ts'
import { sseEvents } from '../support/sse.ts'
import { until } from '../support/until.ts'
import { createProgramPool, type Program } from './process.ts'

/** Two gateways as processes of their own, over a conductor's state in a real Redis that the test changes. */
describeEngines('live status of two gateways', ({ brokers, redisUrl }) => {
  const programs = createProgramPool()
  const prefix = uniquePrefix()
  const redis = redisForTests(redisUrl)
  const cleanups: (() => Promise<unknown> | unknown)[] = [() => programs.endAll(), () => redis.close()]
  const gateways = new Map<string, { readonly env: Readonly<Record<string, string>>; program: Program }>()
  let store: BatchStore
  let authorization: string

  const isUp = (url: string) =>
    until(async () => (await fetch(`${url}/healthz`)).ok, { timeoutMs: 20_000, what: `${url} to listen` })
  const restart = (url: string): void => {
    const gateway = gateways.get(url)
    if (gateway) gateway.program = programs.start('gateway/main.ts', gateway.env)
  }
  const urls = () => [...gateways.keys()]

  beforeAll(async () => {
    store = announced(redisStore(redis, prefix).store, createRedisChangeFeed({ redis, prefix, logger: silent }))
    const { app } = conductor({ store })
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
    cleanups.push(() => server.stop(true))
    for (let n = 0; n < 2; n++) {
      const env = {
        ...{ KAFKA_BROKERS: brokers.join(','), KAFKA_PREFIX: prefix, TOPIC_PARTITIONS: '1' },
        ...{ REDIS_URL: redisUrl, REDIS_PREFIX: prefix, CONDUCTOR_URL: server.url.href, INTERNAL_API_KEY: KEY },
        ...{ JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all', AUTH_MODE: 'dev' },
        GATEWAY_PORT: String(await freePort()),
      }
      const program = programs.start('gateway/main.ts', env)
      gateways.set(`http://127.0.0.1:${env.GATEWAY_PORT}`, { env, program })
    }
    await Promise.all(urls().map(isUp))
    const answer = await fetch(`${urls()[0]}/dev/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"teacher-1"}',
    })
    authorization = `Bearer ${z.object({ access_token: z.string() }).parse(await answer.json()).access_token}`
  }, 60_000)
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  })

  const essays = Array.from({ length: 10_000 }, (_, n) => essayId(`e${n}`))
  const register = (id: BatchId) =>
    store.apply([changeOf(id, eventOf([batchRegistered(registration(), essays.slice(0, 3), origin(1))]))])
  let facts = 0
  const change = async (id: BatchId): Promise<number> => {
    const fact = essaySucceeded(essays[++facts] ?? essayId('none'), 'nlp', origin(facts + 1), null)
    const [applied] = await store.apply([changeOf(id, eventOf([fact], facts))])
    return Number(applied?.revision)
  }

  test('gateways die and stop under their clients, whose ids only grow and whose last state is the newest', async () => {
    const batches = Array.from({ length: 5 }, (_, n) => batchId(`dying-${n}`))
    await Promise.all(batches.map(register))
    const [first = '', second = ''] = urls()
    const clients = batches.flatMap((id) =>
      [
        [first, second],
        [second, first],
      ].map((order) => ({
        id,
        client: followLive({ urls: order, path: `/v1/batches/${id}/events`, authorization }),
      })),
    )
    const newest = new Map<BatchId, number>()
    let changing = true
    const changes = (async () => {
      while (changing) {
        for (const id of batches) newest.set(id, await change(id))
        await Bun.sleep(5)
      }
    })()
    const servedBy = (url: string) =>
      until(() => clients.every(({ client }) => client.connected.at(-1) === url), {
        timeoutMs: 15_000,
        what: `every client to be served by ${url}`,
      })
    await until(() => clients.every(({ client }) => client.ids.length > 3), { timeoutMs: 15_000, what: 'snapshots' })
    // As a crash would end it: nothing is said to anybody.
    await gateways.get(first)?.program.end('SIGKILL')
    await servedBy(second)
    restart(first)
    await isUp(first)
    // As an operator would: clients are told to go elsewhere.
    expect(await gateways.get(second)?.program.end('SIGTERM')).toBe(0)
    await servedBy(first)
    restart(second)
    changing = false
    await changes
    await until(() => clients.every(({ id, client }) => client.ids.at(-1) === newest.get(id)), {
      timeoutMs: 10_000,
      what: 'every client to have the newest state',
    })
    for (const { client } of clients) {
      await client.stop()
      expect(client.ids).toEqual([...new Set(client.ids)].sort((a, b) => a - b))
      expect(client.events.filter(({ event }) => event === 'end').map(({ data }) => data)).toContain(
        '{"reason":"draining"}',
      )
    }
  }, 60_000)

  test('behind nginx as Debian ships it, with 8 s of patience, streams outlive silence and changes come at once', async () => {
    const id = batchId('behind nginx')
    await register(id)
    await Promise.all(urls().map(isUp))
    const upstreams = urls().map((url) => new URL(url).host)
    const nginx = await createNginx(await installEngines(() => {}), { upstreams, idleSeconds: 8 })
    cleanups.push(() => nginx.dispose())
    await nginx.start()
    const path = `${nginx.address}/v1/batches/${encodeURIComponent(id)}`
    const ticketed = await fetch(`${nginx.address}/v1/stream-tickets`, { method: 'POST', headers: { authorization } })
    const { ticket } = z.object({ ticket: z.string() }).parse(await ticketed.json())

    const sse: string[] = []
    let over = false
    const abort = new AbortController()
    const response = await fetch(`${path}/events`, { headers: { authorization }, signal: abort.signal })
    const reading = (async () => {
      for await (const { event, id } of sseEvents(response)) sse.push(id ?? event)
    })().then(
      () => {
        over = true
      },
      () => {},
    )
    const socket = new WebSocket(`${path.replace('http', 'ws')}/ws?ticket=${ticket}`)
    const messages: string[] = []
    socket.onmessage = ({ data }) => void messages.push(String(data))
    const heartbeats = (of: readonly string[]) => of.filter((text) => text.includes('heartbeat')).length
    // Three heartbeats are nine seconds, so each of the connections has been silent for longer than nginx allows without.
    await until(() => heartbeats(sse) >= 3 && heartbeats(messages) >= 3, { timeoutMs: 30_000, what: 'heartbeats' })
    const revision = String(await change(id))
    await until(() => sse.includes(revision) && messages.some((text) => text.includes(`"id":${revision},`)), {
      timeoutMs: 10_000,
      what: 'the change, which a buffer would have held back',
    })
    expect(over).toBe(false)
    socket.close()
    abort.abort()
    await reading
  }, 90_000)
})
