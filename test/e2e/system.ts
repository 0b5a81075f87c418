import { createTokenSigner } from '../../gateway/sign-in/sign.ts'
import type { Engine } from '../engines/engine.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import { createProgramPool, type Program } from './process.ts'

const SECRET = 'a-secret-of-more-than-32-characters-in-all'
const SERVICES = ['conductor', 'orchestrator', 'gateway'] as const
export type Service = (typeof SERVICES)[number]

/** Milliseconds after which a service that ended by itself is started again. */
const RESTART_MS = 500

const INTERNAL_KEY = 'an-internal-key-for-tests'

export const REQUEST = { requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } }

export interface SystemOptions {
  readonly kafka: Pick<Engine, 'address'>
  readonly redis: Pick<Engine, 'address'>
  /** Where batches are archived; without one nothing is. */
  readonly postgres?: Pick<Engine, 'address'>
  readonly replicas: number
  /** How many gateways there are, where it is another number. */
  readonly gateways?: number
  /** Stands before a conductor or orchestrator that listens on this port, and says on which it is called; default nothing does. */
  readonly before?: (service: Service, port: number) => Promise<number>
  /** More of every service's environment. */
  readonly environment?: Readonly<Record<string, string>>
}

/** All services, `replicas` of each, as processes of their own on these engines; services of one number call each other. */
export const startSystem = async ({
  kafka,
  redis,
  postgres,
  replicas,
  gateways = replicas,
  before = async (_, port) => port,
  environment = {},
}: SystemOptions) => {
  const programs = createProgramPool()
  const running = new Map<string, Program>()
  const ending = new Set<string>()
  const ports = new Map<string, number>()
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
  const numbers = upTo(gateways)
  for (const service of SERVICES)
    for (const n of service === 'gateway' ? numbers : upTo(replicas)) ports.set(`${service}-${n}`, await freePort())
  const url = (service: Service, n: number) => `http://127.0.0.1:${ports.get(`${service}-${n}`)}`
  const called = new Map<string, number>()
  for (const service of ['conductor', 'orchestrator'] as const)
    for (const n of upTo(replicas))
      called.set(`${service}-${n}`, await before(service, ports.get(`${service}-${n}`) ?? 0))
  /** Of the services that are fewer, the gateways share one. */
  const behind = (service: Service, n: number) =>
    `http://127.0.0.1:${called.get(`${service}-${((n - 1) % replicas) + 1}`)}`

  /** The environment of every service of this system, and of the commands of operations. */
  const engines = {
    KAFKA_BROKERS: kafka.address,
    REDIS_URL: redis.address,
    ...(postgres ? { DATABASE_URL: postgres.address } : {}),
  }

  /** Starts a replica, from another tree of files when one is given. */
  const start = (replica: string, tree?: string): void => {
    const [service = '', n = '1'] = replica.split('-')
    const env = {
      ...engines,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      TOPIC_PARTITIONS: '4',
      INTERNAL_API_KEY: INTERNAL_KEY,
      JWT_SECRET: SECRET,
      LOG_LEVEL: 'warn',
      SIMULATOR_PHASE_MS: '20',
      [`${service.toUpperCase()}_PORT`]: `${ports.get(replica) ?? ''}`,
      CONDUCTOR_URL: behind('conductor', Number(n)),
      ORCHESTRATOR_URL: behind('orchestrator', Number(n)),
      ...Object.fromEntries(
        ['PIPELINES', 'STATUS', 'UPLOADS', 'DEFAULT', 'ORGANISATION'].map((name) => [
          `RATE_LIMIT_${name}_PER_MINUTE`,
          '0',
        ]),
      ),
      ...environment,
    }
    const program = programs.start(`${service}/main.ts`, env, tree)
    running.set(replica, program)
    ending.delete(replica)
    // As a platform does (`restart: unless-stopped`): who cannot start while an engine is away ends, and is started again.
    void program.exited.then(async () => {
      if (ending.has(replica) || running.get(replica) !== program) return
      await Bun.sleep(RESTART_MS)
      if (!ending.has(replica) && running.get(replica) === program) start(replica, tree)
    })
  }
  const ready = async (replica: string): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${ports.get(replica)}/readyz`).catch(() => undefined))?.ok ?? false
  const untilReady = (replica: string) =>
    until(() => ready(replica), {
      ...{ timeoutMs: 90_000, what: `${replica} to be ready`, intervalMs: 100 },
    }).catch((thrown: unknown) => {
      throw new Error(`${replica} wrote last:\n${running.get(replica)?.output().slice(-4_000)}`, { cause: thrown })
    })
  const allReady = async (): Promise<void> => void (await Promise.all([...ports.keys()].map(untilReady)))

  const all = [...ports.keys(), ...upTo(replicas).map((n) => `simulator-${n}`)]
  for (const replica of all) start(replica)
  const stop = async (): Promise<void> => {
    for (const replica of all) ending.add(replica)
    await programs.endAll()
  }
  await allReady().catch(async (thrown: unknown) => {
    await stop()
    throw thrown
  })
  const sign = createTokenSigner({
    ...{ issuer: 'huleedu-identity-service', audience: 'huleedu-platform', secret: SECRET, clock: Date.now },
  })
  const authorization = `Bearer ${await sign({ userId: 'ada', orgId: null, roles: ['teacher'] })}`
  /** A call to a gateway, or to what stands before it. */
  const callAt = (
    baseUrl: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    fetch(baseUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })

  return {
    /** From 1, one for each gateway. */
    numbers,
    /** Where the gateways are. */
    gatewayUrls: numbers.map((n) => url('gateway', n)),
    /** The header of a signed-in teacher. */
    authorization,
    /** Those that listen. */
    replicas: [...ports.keys()],
    /** With the simulators. */
    all,
    engines,
    start,
    allReady,
    /** Stops a replica in its tracks, or lets it go on. */
    signal(replica: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
      const program = running.get(replica)
      if (program) process.kill(program.pid, signal)
    },
    async end(replica: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null | undefined> {
      ending.add(replica)
      return running.get(replica)?.end(signal)
    },
    /** A call to the gateway of this number, as a signed-in teacher. */
    call: (path: string, body?: unknown, n = 1, more: Readonly<Record<string, string>> = {}) =>
      callAt(url('gateway', n), path, body, more),
    callAt,
    /** A call of one service to another. */
    callInside: (service: Service, path: string, n = 1) =>
      fetch(url(service, n) + path, {
        headers: { 'x-internal-api-key': INTERNAL_KEY, 'x-service-id': 'test' },
        signal: AbortSignal.timeout(30_000),
      }),
    /** What a replica has written since it was last started. */
    output: (replica: string): string => running.get(replica)?.output() ?? '',
    stop,
  }
}
export type System = Awaited<ReturnType<typeof startSystem>>
