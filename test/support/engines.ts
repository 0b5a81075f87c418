import { describe } from 'bun:test'

export { freePort } from './free-port.ts'

/** Where the real engines are; undefined when there is none. */
export interface Engines {
  /** `host:port` each. */
  readonly brokers: readonly string[] | undefined
  /** `redis://host:port`. */
  readonly redisUrl: string | undefined
}

/**
 * The engines that the environment names (`KAFKA_BROKERS`, `REDIS_URL`). With `BATON_ENGINES=required` a missing one is
 * an error, so that a run that promises to cover everything cannot skip in silence.
 */
export const engines = (environment: Readonly<Record<string, string | undefined>> = process.env): Engines => {
  const { KAFKA_BROKERS, REDIS_URL, BATON_ENGINES } = environment
  if (BATON_ENGINES === 'required' && !(KAFKA_BROKERS && REDIS_URL))
    throw new Error('BATON_ENGINES=required, but KAFKA_BROKERS and REDIS_URL are not both set')
  return { brokers: KAFKA_BROKERS ? KAFKA_BROKERS.split(',') : undefined, redisUrl: REDIS_URL || undefined }
}

// A skipped body is still read for its tests' names, so it is given addresses that lead nowhere (RFC 2606).
const NO_BROKERS = ['kafka.invalid:9092']
const NO_REDIS = 'redis://redis.invalid:6379'

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
