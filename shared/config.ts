import { z } from 'zod'
import { kafkaSecurityFields, redisAccessFields } from './connections.ts'
import { LARGEST_BATCH } from './contracts/largest-batch.ts'
import { readSecretFiles } from './secret-files.ts'

/** The environment is wrong: one message that lists every problem. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as typed configuration. A variable that is set to nothing counts as not set. Throws a ConfigError that
 * lists all that is wrong, by name and without the values, since some of them are secrets.
 */
export const parseEnvironment = <Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
): z.infer<Schema> => {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const { values, problems } = readSecretFiles(names, environment)
  const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(set)
  if (parsed.success && problems.size === 0) return parsed.data
  const issues = (parsed.error?.issues ?? []).map(({ path, message, code, input }) => {
    const name = path.join('.') || 'environment'
    const missing = code === 'invalid_type' && input === undefined
    return problems.get(name) ?? `${name}: ${missing ? 'is missing' : message}`
  })
  const lines = [...new Set([...problems.values(), ...issues])].map((line) => `  ${line}`)
  throw new ConfigError(`The configuration has ${lines.length} problem(s):\n${lines.join('\n')}`)
}

export const Port = (preset: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port, 0 to 65535')
    .default(preset)

/** A whole number within bounds, with a default. */
export const Whole = (preset: number, min: number, max?: number) => {
  const message = `must be a whole number, ${max === undefined ? `${min} or more` : `${min} to ${max}`}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= (max ?? value), message)
    .default(preset)
}

/** A share of all cases, 0 to 1. */
export const Share = (preset: number) =>
  z
    .string()
    .regex(/^(0|1|0?\.\d{1,9}|1\.0*|0\.0*)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(preset)

export const OnOff = (preset: 'on' | 'off') => z.enum(['on', 'off'], 'must be on or off').default(preset)

/** A comma list; blanks around its parts do not count. */
export const List = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

export const Brokers = List.refine(
  (brokers) => brokers.length > 0 && brokers.every((broker) => /^[\w.[\]:-]+:\d{1,5}$/.test(broker)),
  'must be host:port, or a comma list of them',
)

export const RedisUrl = z
  .string()
  .refine(
    (text) =>
      text.split(',').every((part) => URL.canParse(part.trim()) && /^rediss?:$/.test(new URL(part.trim()).protocol)),
    'must be redis://host:port or rediss://host:port, or a comma list of them for a Cluster',
  )

export const HttpUrl = z.url({ protocol: /^https?$/, error: 'must be http://host:port' })

export const Origins = List.refine(
  (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  'must be origins such as http://localhost:5173, or a comma list of them',
)

/** Whether a host, without its port, is this machine and nobody else can reach it. */
export const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/.test(host)

/** Two of these are valid during a rotation, as a comma list. */
export const InternalKeys = List.refine(
  (keys) => keys.length > 0 && keys.length <= 2 && keys.every((key) => key.length >= 16),
  'must be one key, or two during a rotation, of 16 characters or more',
)

/** What every process reads, also one that serves nothing. */
export const processConfig = {
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  /** Default: text where a person watches a terminal in development, else JSON. */
  LOG_FORMAT: z.enum(['json', 'text'], 'must be json or text').optional(),
  ENVIRONMENT: z.string().default('development'),
  /** Where a collector takes spans as OTLP over HTTP; without it none are recorded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: HttpUrl.optional(),
  /** The share of traces that begin here and are recorded. */
  OTEL_TRACES_SAMPLER_ARG: Share(1),
  MAX_BATCH_ESSAYS: Whole(5_000, 1, LARGEST_BATCH),
  STATE_EXPIRY_DAYS: Whole(30, 1, 3_650),
  TOPIC_PARTITIONS: Whole(6, 1, 1_000),
}

/** What every service that serves HTTP reads. */
export const commonConfig = {
  ...processConfig,
  HOST: z.string().default('127.0.0.1'),
  SLOW_REQUEST_MS: Whole(1_000, 1),
}

/** Where the log is, for what is a process of its own. */
export const kafkaConfig = {
  /** Milliseconds after which a silent consumer is taken for dead; the brokers have bounds of their own. */
  KAFKA_SESSION_TIMEOUT_MS: Whole(15_000, 1_000, 1_800_000),
  KAFKA_BROKERS: Brokers,
  KAFKA_PREFIX: z
    .string()
    .regex(/^[\w.-]*$/, 'must be letters, digits, . _ -')
    .default(''),
  ...kafkaSecurityFields,
}

/** What a service that is a process of its own reads beyond what every service reads. */
export const distributedConfig = {
  ...commonConfig,
  ...kafkaConfig,
  INTERNAL_AUTH: OnOff('on'),
  INTERNAL_API_KEY: InternalKeys.optional(),
}

export const redisConfig = {
  REDIS_URL: RedisUrl,
  REDIS_PREFIX: z
    .string()
    .regex(/^[^{}\s]*$/, 'must not hold braces or space')
    .default(''),
  ...redisAccessFields,
}

/** Where state goes when it expires; the embedded process has SQLite files instead. */
export const archiveConfig = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be postgres://user@host:port/database' }).optional(),
}

/** The keys to check and the one to send; with `INTERNAL_AUTH=off` neither. */
export const internalKeysOf = (config: {
  readonly INTERNAL_AUTH: 'on' | 'off'
  readonly INTERNAL_API_KEY?: readonly string[] | undefined
}): { readonly keys: readonly string[] | undefined; readonly own: string | undefined } =>
  config.INTERNAL_AUTH === 'off'
    ? { keys: undefined, own: config.INTERNAL_API_KEY?.[0] }
    : { keys: config.INTERNAL_API_KEY ?? [], own: config.INTERNAL_API_KEY?.[0] }

/**
 * For `superRefine(check, ACROSS_FIELDS)`: what fields say together is checked also when one of them is wrong, so that
 * all that is wrong is told at once. Such a check may meet values that their own field has refused.
 */
export const ACROSS_FIELDS = { when: () => true }

/** Added to a schema with `superRefine`: the key may only be left out where the check is switched off. */
export const needsInternalKey = (
  config: { readonly INTERNAL_AUTH: 'on' | 'off'; readonly INTERNAL_API_KEY?: readonly string[] | undefined },
  context: z.RefinementCtx,
): void => {
  if (config.INTERNAL_AUTH === 'on' && config.INTERNAL_API_KEY === undefined)
    context.addIssue({ code: 'custom', path: ['INTERNAL_API_KEY'], message: 'is missing (or set INTERNAL_AUTH=off)' })
}

export const DAY_MS = 86_400_000
