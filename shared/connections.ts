import { z } from 'zod'

/** How the engines are reached: encryption, and who we are there. */

const Pem = z.string().refine((text) => text.includes('-----BEGIN '), 'must be PEM text (or use the _FILE form)')

export const kafkaSecurityFields = {
  KAFKA_TLS: z.enum(['on', 'off'], 'must be on or off').default('off'),
  /** Who signed the brokers' certificates; the system's authorities when it is not set. */
  KAFKA_TLS_CA: Pem.optional(),
  /** Our own certificate, where brokers ask for one. */
  KAFKA_TLS_CERT: Pem.optional(),
  KAFKA_TLS_KEY: Pem.optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
}
type KafkaSecurityConfig = z.infer<z.ZodObject<typeof kafkaSecurityFields>>

export const redisAccessFields = {
  /** The ACL user; the URL's, where it names one. */
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  /** Who signed the certificate of a `rediss://`; the system's authorities when it is not set. */
  REDIS_TLS_CA: Pem.optional(),
  /** Our own certificate, where Redis asks for one. */
  REDIS_TLS_CERT: Pem.optional(),
  REDIS_TLS_KEY: Pem.optional(),
}
type RedisAccessConfig = z.infer<z.ZodObject<typeof redisAccessFields>>

/** Added with `superRefine`: half of a sign-in would only be noticed when a broker refuses it. */
export const wholeKafkaSecurity = (config: KafkaSecurityConfig, context: z.RefinementCtx): void => {
  const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  const needs = (name: keyof KafkaSecurityConfig, because: string) => {
    if (config[name] === undefined) issue(name, `is missing (${because} is set)`)
  }
  if (config.KAFKA_SASL_MECHANISM !== undefined) {
    needs('KAFKA_SASL_USERNAME', 'KAFKA_SASL_MECHANISM')
    needs('KAFKA_SASL_PASSWORD', 'KAFKA_SASL_MECHANISM')
  } else if (config.KAFKA_SASL_USERNAME !== undefined || config.KAFKA_SASL_PASSWORD !== undefined)
    issue('KAFKA_SASL_MECHANISM', 'is missing (a SASL user or password is set)')
  if (config.KAFKA_TLS_CERT !== undefined) needs('KAFKA_TLS_KEY', 'KAFKA_TLS_CERT')
  if (config.KAFKA_TLS_KEY !== undefined) needs('KAFKA_TLS_CERT', 'KAFKA_TLS_KEY')
  const anyTls = config.KAFKA_TLS_CA ?? config.KAFKA_TLS_CERT ?? config.KAFKA_TLS_KEY
  if (config.KAFKA_TLS === 'off' && anyTls !== undefined)
    issue('KAFKA_TLS', 'is off, but a certificate or a key for it is set')
}

/** Added with `superRefine`, for the same reason. */
export const wholeRedisAccess = (
  config: RedisAccessConfig & { readonly REDIS_URL: string },
  context: z.RefinementCtx,
): void => {
  const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  const { REDIS_TLS_CA: ca, REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key } = config
  if (cert !== undefined && key === undefined) issue('REDIS_TLS_KEY', 'is missing (REDIS_TLS_CERT is set)')
  if (key !== undefined && cert === undefined) issue('REDIS_TLS_CERT', 'is missing (REDIS_TLS_KEY is set)')
  // A URL that is none is refused by its own field.
  const urls = String(config.REDIS_URL).split(',')
  if ((ca ?? cert ?? key) !== undefined && urls.some((url) => url.trim().startsWith('redis:')))
    issue('REDIS_URL', 'must be rediss://, since a certificate or a key for it is set')
}

export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** One of the ways to sign in, each with a name and a password. */
export type Sasl = {
  [Mechanism in 'plain' | 'scram-sha-256' | 'scram-sha-512']: {
    readonly mechanism: Mechanism
    readonly username: string
    readonly password: string
  }
}['plain' | 'scram-sha-256' | 'scram-sha-512']

export interface KafkaSecurity {
  readonly tls?: Tls
  readonly sasl?: Sasl
}

/** What the configuration says, as the log's connection takes it. */
export const kafkaSecurityOf = (config: KafkaSecurityConfig): KafkaSecurity => {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config
  const tls = tlsOf(config.KAFKA_TLS_CA, config.KAFKA_TLS_CERT, config.KAFKA_TLS_KEY)
  return {
    ...(config.KAFKA_TLS === 'on' ? { tls } : {}),
    ...(mechanism && username && password ? { sasl: { mechanism, username, password } } : {}),
  }
}

const tlsOf = (ca: string | undefined, cert: string | undefined, key: string | undefined): Tls => ({
  ...(ca ? { ca } : {}),
  ...(cert ? { cert } : {}),
  ...(key ? { key } : {}),
})

export interface RedisAccess {
  readonly username?: string
  readonly password?: string
  /** Only used for `rediss://`. */
  readonly tls?: Tls
}

/** What the configuration says, as the client of Redis takes it. */
export const redisAccessOf = (config: RedisAccessConfig): RedisAccess => {
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password } = config
  const tls = tlsOf(config.REDIS_TLS_CA, config.REDIS_TLS_CERT, config.REDIS_TLS_KEY)
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
  }
}
