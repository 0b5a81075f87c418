import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { z } from 'zod'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { statusOf } from './support.ts'

/** The gateway as a process of its own. */

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const start = (env: Readonly<Record<string, string>>) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../gateway/main.ts')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const out = new Response(child.stdout).text()
  const err = new Response(child.stderr).text()
  const ended = async () => ({ code: await child.exited, out: await out, err: await err })
  return { child, ended }
}

/** All that must be set, with engines that nobody listens for. */
const environment = async () => ({
  KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
  REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}`,
  GATEWAY_PORT: String(await freePort()),
  AUTH_MODE: 'dev',
  JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all',
  INTERNAL_API_KEY: 'an-internal-key-for-tests',
  PUBLISH_TIMEOUT_MS: '300',
})

/** A client of the gateway at this port, signed in as Ada. */
const client = async (port: string) => {
  const url = `http://127.0.0.1:${port}`
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  await until(async () => (await fetch(`${url}/healthz`)).ok, { timeoutMs: 15_000, what: 'the gateway to listen' })
  const token = z.object({ access_token: z.string() })
  const { access_token } = token.parse(await (await post('/dev/token', { user_id: 'ada' })).json())
  const authorization = `Bearer ${access_token}`
  return {
    get: (path: string) => fetch(url + path, { headers: { authorization } }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      post(path, body, { authorization, ...headers }),
  }
}

test('a wrong environment stops the start with one message that lists every problem', async () => {
  const { code, out, err } = await start({ GATEWAY_PORT: 'http', AUTH_MODE: 'dev', HOST: '0.0.0.0' }).ended()
  expect(code).toBe(1)
  expect(out).toBe('')
  const names = [...err.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name)
  expect(names.sort()).toEqual([
    'AUTH_MODE',
    'GATEWAY_PORT',
    'INTERNAL_API_KEY',
    'JWT_SECRET',
    'KAFKA_BROKERS',
    'REDIS_URL',
  ])
  expect(err).not.toContain(' at ')
})

test('a port in use stops the start with one clear line, and no secret is written', async () => {
  const env = await environment()
  const taken = Bun.serve({ hostname: '127.0.0.1', port: Number(env.GATEWAY_PORT), fetch: () => new Response() })
  cleanups.push(() => taken.stop(true))
  const { code, out, err } = await start(env).ended()
  expect(code).toBe(1)
  expect(err).toBe(
    `gateway cannot start. gateway: port ${env.GATEWAY_PORT} on 127.0.0.1 is in use: stop what listens there, or set another port\n`,
  )
  expect(out + err).not.toContain('hunter2')
}, 30_000)

test('without its engines it is alive and not ready, accepts nothing, answers in bounded time, and stops', async () => {
  const env = await environment()
  const { child, ended } = start(env)
  const { get, post } = await client(env.GATEWAY_PORT)
  const ready = await get('/readyz')
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({ dependencies: { log: { status: 'not_ready' } } })
  // It answers although nobody answers it: within this test's own limit, whatever the machine is busy with.
  const answer = await post('/v1/batches/b-1/pipelines', { requested_pipeline: 'nlp' })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(await answer.json()).toMatchObject({ code: 'KAFKA_PUBLISH_ERROR', outcome: expect.any(String) })
  child.kill('SIGTERM')
  const { code, out } = await ended()
  expect(code).toBe(0)
  expect(out).not.toContain('hunter2')
}, 30_000)

describeEngines('on real engines', ({ brokers, redisUrl }) => {
  test('what two of them accept is in Kafka, once also when ten callers share a key, and they stop gracefully', async () => {
    const prefix = uniquePrefix()
    const conductor = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        if (request.headers.get('x-internal-api-key') !== 'an-internal-key-for-tests')
          return new Response(null, { status: 401 })
        return Response.json(statusOf('b-1', 'ada'))
      },
    })
    cleanups.push(() => conductor.stop(true))
    const env = {
      ...(await environment()),
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_PREFIX: prefix,
      TOPIC_PARTITIONS: '1',
      REDIS_URL: redisUrl,
      REDIS_PREFIX: prefix,
      CONDUCTOR_URL: conductor.url.href,
      PUBLISH_TIMEOUT_MS: '10000',
      // Nothing comes back while this test runs, and both share one store however slow that is.
      STORE_TIMEOUT_MS: '5000',
      RATE_LIMIT_PIPELINES_PER_MINUTE: '1',
      RATE_LIMIT_PIPELINES_BURST: '20',
      RATE_LIMIT_STORE_TIMEOUT_MS: '5000',
    }
    const { child, ended } = start(env)
    const { get, post } = await client(env.GATEWAY_PORT)
    const other = { ...env, GATEWAY_PORT: String(await freePort()) }
    start(other)
    const second = await client(other.GATEWAY_PORT)
    for (const ready of [get, second.get])
      await until(async () => (await ready('/readyz')).ok, { timeoutMs: 20_000, what: 'the gateway to be ready' })

    const headers = { 'idempotency-key': 'ten-callers' }
    const callers = Array.from({ length: 10 }, (_, n) => (n % 2 ? post : second.post))
    const answers = await Promise.all(
      callers.map((call) => call('/v1/batches/b-1/pipelines', { requested_pipeline: 'cj_assessment' }, headers)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toContain(202)
    expect(statuses.filter((status) => status !== 202 && status !== 409)).toEqual([])

    const answer = await post('/v1/batches/b-1/pipelines', { requested_pipeline: 'nlp' })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('ratelimit')).toStartWith('"pipelines";r=9;')
    const { correlation_id } = z.object({ correlation_id: z.string() }).parse(await answer.json())

    const log = createKafkaLog({ brokers, clientId: 'gateway-test', prefix, logger: silent })
    cleanups.push(() => log.close())
    const seen: LogRecord[] = []
    await log.consume({ group: 'test', topics: [TOPICS.pipelineRequest] }, async (records) => {
      seen.push(...records)
    })
    // The last one was sent after all others were answered, and one batch's messages keep their order.
    await until(() => seen.length > 1, { timeoutMs: 20_000, what: 'the commands to be in Kafka' })
    const values = seen.map(({ value }) => JSON.parse(new TextDecoder().decode(value ?? undefined)))
    expect(values).toMatchObject([
      { data: { requested_pipeline: 'cj_assessment' } },
      { correlation_id, data: { batch_id: 'b-1', user_id: 'ada', requested_pipeline: 'nlp' } },
    ])

    child.kill('SIGTERM')
    const { code, out } = await ended()
    expect(code).toBe(0)
    expect(out).toContain(`"correlation_id":"${correlation_id}"`)
  }, 60_000)
})
