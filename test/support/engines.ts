import { describe } from 'bun:test'

export { freePort } from './free-port.ts'

/** Where the real engines are; undefined when there is none. */
export interface Engines {
  /** `host:port` each. */
  readonly brokers: readonly string[] | undefined
  /** `redis://host:port`. */
  readonly redisUrl: string | undefined
  /** `postgres://user@host:port/database`. */
  readonly databaseUrl: string | undefined
}

/**
 * The engines that the environment names. With `BATON_ENGINES=all` a missing one is an error, so that a run that promises to
 * cover everything cannot skip in silence; `required` says the same of Kafka and Redis alone.
 */
export const engines = (environment: Readonly<Record<string, string | undefined>> = process.env): Engines => {
  const { KAFKA_BROKERS, REDIS_URL, DATABASE_URL, BATON_ENGINES } = environment
  const all = BATON_ENGINES === 'all'
  const promised = {
    ...(all ? { DATABASE_URL } : {}),
    ...(all || BATON_ENGINES === 'required' ? { KAFKA_BROKERS, REDIS_URL } : {}),
  }
  const missing = Object.entries(promised).filter(([, value]) => !value)
  if (missing.length > 0)
    throw new Error(`BATON_ENGINES=${BATON_ENGINES}, but ${missing.map(([name]) => name).join(' and ')} is not set`)
  return {
    brokers: KAFKA_BROKERS ? KAFKA_BROKERS.split(',') : undefined,
    redisUrl: REDIS_URL || undefined,
    databaseUrl: DATABASE_URL || undefined,
  }
}

// A skipped body is still read for its tests' names, so it is given addresses that lead nowhere (RFC 2606).
const NO_BROKERS = ['kafka.invalid:9092']
const NO_REDIS = 'redis://redis.invalid:6379'
const NO_DATABASE = 'postgres://postgres.invalid:5432/none'

const describeWhen = (present: boolean, name: string, needs: string, body: () => void): void =>
  present ? describe(name, body) : describe.skip(`${name} (needs ${needs})`, body)

/** `describe` against a real Kafka; skipped, with a name that says so, where there is none. */
export const describeKafka = (name: string, body: (brokers: readonly string[]) => void): void => {
  const { brokers } = engines()
  describeWhen(brokers !== undefined, name, 'KAFKA_BROKERS', () => body(brokers ?? NO_BROKERS))
}

/** `describe` against a real Redis; skipped, with a name that says so, where there is none. */
export const describeRedis = (name: string, body: (redisUrl: string) => void): void => {
  const { redisUrl } = engines()
  describeWhen(redisUrl !== undefined, name, 'REDIS_URL', () => body(redisUrl ?? NO_REDIS))
}

/** `describe` against a real Postgres; skipped, with a name that says so, where there is none. */
export const describePostgres = (name: string, body: (databaseUrl: string) => void): void => {
  const { databaseUrl } = engines()
  describeWhen(databaseUrl !== undefined, name, 'DATABASE_URL', () => body(databaseUrl ?? NO_DATABASE))
}

export interface BothEngines {
  readonly brokers: readonly string[]
  readonly redisUrl: string
}

/** `describe` against both; skipped, with a name that says so, where one is missing. */
export const describeEngines = (name: string, body: (both: BothEngines) => void): void => {
  const { brokers, redisUrl } = engines()
  describeWhen(brokers !== undefined && redisUrl !== undefined, name, 'KAFKA_BROKERS and REDIS_URL', () =>
    body({ brokers: brokers ?? NO_BROKERS, redisUrl: redisUrl ?? NO_REDIS }),
  )
}

/** A prefix for topics, groups and keys that no other test on the same engine has: `t-` and 8 random characters, `-`. */
export const uniquePrefix = (): string => `t-${crypto.randomUUID().slice(0, 8)}-`
