import { createTokenSigner } from '../gateway/sign-in/sign.ts'
import { createProgramPool } from '../test/e2e/process.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/until.ts'
import type { BenchEngines } from './figure.ts'

export const SERVICES = ['conductor', 'orchestrator', 'gateway'] as const
export type Service = (typeof SERVICES)[number]
const SECRET = 'a-secret-of-more-than-32-characters-for-benches'

export interface ServicesOptions {
  /** Processes of each service; default 1. */
  readonly replicas?: number
  /** Partitions of each topic. */
  readonly partitions?: number
}

/** CPU seconds that a service has used so far, by its own metrics. */
const cpuOf = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_cpu_seconds_total\{[^}]*\} (\S+)/m.exec(text)?.[1] ?? Number.NaN)
}

/** Services as processes of their own on real Kafka and Redis, with limits off; and how to call the gateways, in turn. */
export const startServices = async (
  { brokers, redisUrl }: BenchEngines,
  { replicas = 1, partitions = 6 }: ServicesOptions = {},
) => {
  const programs = createProgramPool()
  const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
  const numbers = Array.from({ length: replicas }, (_, n) => n)
  const urls = new Map<string, string>()
  for (const service of SERVICES)
    for (const n of numbers) urls.set(`${service}-${n}`, `http://127.0.0.1:${await freePort()}`)
  const url = (service: Service, n = 0) => urls.get(`${service}-${n}`) ?? ''
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_PREFIX: prefix,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    INTERNAL_API_KEY: 'an-internal-key-for-the-bench',
    JWT_SECRET: SECRET,
    LOG_LEVEL: 'warn',
    SIMULATOR_PHASE_MS: '0',
    TOPIC_PARTITIONS: `${partitions}`,
    ...Object.fromEntries(
      ['PIPELINES', 'STATUS', 'UPLOADS', 'DEFAULT', 'ORGANISATION'].map((name) => [
        `RATE_LIMIT_${name}_PER_MINUTE`,
        '0',
      ]),
    ),
  }
  for (const n of numbers) {
    const neighbours = { CONDUCTOR_URL: url('conductor', n), ORCHESTRATOR_URL: url('orchestrator', n) }
    for (const service of SERVICES) {
      const port = { [`${service.toUpperCase()}_PORT`]: new URL(url(service, n)).port }
      programs.start(`${service}/main.ts`, { ...env, ...neighbours, ...port })
    }
  }
  programs.start('simulator/main.ts', env)
  const areReady = async () =>
    (await Promise.all([...urls.values()].map((base) => fetch(`${base}/readyz`)))).every(({ ok }) => ok)
  await until(areReady, { timeoutMs: 90_000, what: 'the services to be ready' }).catch(async (thrown: unknown) => {
    await programs.endAll()
    throw thrown
  })
  const sign = createTokenSigner({
    ...{ issuer: 'huleedu-identity-service', audience: 'huleedu-platform', secret: SECRET, clock: Date.now },
  })
  const authorization = `Bearer ${await sign({ userId: 'bench', orgId: null, roles: ['teacher'] })}`
  const headers = { authorization, 'content-type': 'application/json' }
  let calls = 0
  const gateway = () => url('gateway', calls++ % replicas)
  return {
    programs,
    prefix,
    /** CPU seconds that all processes of a service have used so far. */
    async cpuSeconds(service: Service): Promise<number> {
      const used = await Promise.all(numbers.map((n) => cpuOf(url(service, n))))
      return used.reduce((sum, one) => sum + one, 0)
    },
    get: (path: string) => fetch(gateway() + path, { headers }),
    post: (path: string, body: unknown) =>
      fetch(gateway() + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  }
}
