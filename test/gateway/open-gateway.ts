import { join } from 'node:path'
import { z } from 'zod'
import { GatewayConfig } from '../../gateway/config.ts'
import { createEmbeddedIdempotencyStore } from '../../gateway/idempotency/embedded.ts'
import { createGateway, type GatewayServiceDeps } from '../../gateway/service.ts'
import { createLocalTicketStore } from '../../gateway/tickets/local.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { createEmbeddedChangeFeed } from '../../shared/store/changes/embedded.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { silent } from '../support/silent.ts'
import { registeredBy, SECRET, statusOf } from './support.ts'

export const notFound = () => Response.json({ code: 'RESOURCE_NOT_FOUND' }, { status: 404 })
/** A conductor that knows `b-1` only, and an orchestrator that knows `b-2` only and registers `b-2`. */
export const neighbours = () => {
  const asked: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }[] = []
  const record = async (request: Request) => {
    const text = await request.text()
    const { method, url, headers } = request
    asked.push({ method, url, headers: Object.fromEntries(headers), body: text === '' ? null : JSON.parse(text) })
  }
  const conductor = async (request: Request) => {
    await record(request)
    return request.url.includes('/b-1/') ? Response.json(statusOf('b-1', 'ada')) : notFound()
  }
  const orchestrator = async (request: Request) => {
    await record(request)
    if (request.method === 'POST')
      return Response.json({ batch_id: 'b-2', correlation_id: 'c', status: 'registered' }, { status: 202 })
    return request.url.includes('/b-2/') ? Response.json(registeredBy('ada', 'b-2')) : notFound()
  }
  return { asked, reach: { conductor, orchestrator, keyServer: notFound, content: notFound } }
}

/** The gateway put together as its process does it, on an embedded log, with its neighbours played by functions. */
export const openGateway = async (
  overrides: Partial<GatewayServiceDeps> = {},
  settings: Partial<GatewayServiceDeps['config']> = {},
) => {
  const { asked, reach } = neighbours()
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  const maxMessageBytes = 1_000_000
  await log.ensureTopics([{ name: TOPICS.pipelineRequest, partitions: 1, retentionMs: 3_600_000, maxMessageBytes }])
  const config = GatewayConfig.parse({
    KAFKA_BROKERS: 'kafka.invalid:9092',
    REDIS_URL: 'redis://redis.invalid:6379',
    INTERNAL_API_KEY: 'an-internal-key-for-tests',
    JWT_SECRET: SECRET,
    AUTH_MODE: 'dev',
  })
  const { app } = createGateway({
    config: { ...config, ...settings },
    version: '0',
    logger: silent,
    context: createCorrelationContext(),
    metrics: createMetrics('gateway'),
    log,
    catalog: loadCatalog(join(import.meta.dir, '../../pipelines')),
    limitStore: undefined,
    idempotencyStore: createEmbeddedIdempotencyStore({ db: openDatabase(':memory:'), clock: () => Date.now() * 1_000 }),
    ticketStore: createLocalTicketStore({ clock: Date.now }),
    feed: createEmbeddedChangeFeed({ logger: silent }),
    upgrade: () => false,
    pingLimitStore: undefined,
    internalKey: 'an-internal-key-for-tests',
    reach,
    auditSink() {},
    peerOf: () => '127.0.0.1',
    ...overrides,
  })
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const signIn = async () => {
    const Token = z.object({ access_token: z.string() })
    const { access_token } = Token.parse(await (await post('/dev/token', { user_id: 'ada' })).json())
    return { authorization: `Bearer ${access_token}` }
  }
  return { app, post, signIn, asked, log }
}
