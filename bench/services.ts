import { createTokenSigner } from '../gateway/sign-in/sign.ts'
import { createProgramPool } from '../test/e2e/process.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/until.ts'
import type { BenchEngines } from './figure.ts'

export const SERVICES = ['conductor', 'orchestrator', 'gateway'] as const
const SECRET = 'a-secret-for-the-bench-of-64-characters-and-no-other-purpose-xxx'

/** Each service a process of its own on real Kafka and Redis, with limits off; and how to call the gateway. */
export const startServices = async ({ brokers, redisUrl }: BenchEngines) => {
  const programs = createProgramPool()
  const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
  const ports = { gateway: await freePort(), conductor: await freePort(), orchestrator: await freePort() }
  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_PREFIX: prefix,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    INTERNAL_API_KEY: 'an-internal-key-for-the-bench',
    JWT_SECRET: SECRET,
    LOG_LEVEL: 'warn',
    SIMULATOR_PHASE_MS: '0',
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [`${name.toUpperCase()}_PORT`, `${port}`])),
    CONDUCTOR_URL: url('conductor'),
    ORCHESTRATOR_URL: url('orchestrator'),
    ...Object.fromEntries(
      ['PIPELINES', 'STATUS', 'UPLOADS', 'DEFAULT', 'ORGANISATION'].map((name) => [
        `RATE_LIMIT_${name}_PER_MINUTE`,
        '0',
      ]),
    ),
  }
  for (const service of [...SERVICES, 'simulator']) programs.start(`${service}/main.ts`, env)
  await until(
    async () => (await Promise.all(SERVICES.map((name) => fetch(`${url(name)}/readyz`)))).every(({ ok }) => ok),
    {
      timeoutMs: 60_000,
      what: 'the services to be ready',
    },
  )
  const sign = createTokenSigner({
    ...{ issuer: 'huleedu-identity-service', audience: 'huleedu-platform', secret: SECRET, clock: Date.now },
  })
  const authorization = `Bearer ${await sign({ userId: 'bench', orgId: null, roles: ['teacher'] })}`
  const headers = { authorization, 'content-type': 'application/json' }
  return {
    programs,
    prefix,
    url,
    get: (path: string) => fetch(url('gateway') + path, { headers }),
    post: (path: string, body: unknown) =>
      fetch(url('gateway') + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  }
}
