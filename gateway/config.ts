import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import {
  ACROSS_FIELDS,
  distributedConfig,
  HttpUrl,
  isLoopback,
  needsInternalKey,
  OnOff,
  Origins,
  Port,
  redisConfig,
  Whole,
} from '../shared/config.ts'
import { wholeKafkaSecurity, wholeRedisAccess } from '../shared/connections.ts'
import { streamFields } from './live/config.ts'
import { isRole, ROLES, type Role } from './sign-in/roles.ts'
import { uploadFields } from './upload/config.ts'

/** Whether sign-in can use it: a key that only looks like one would refuse every user. */
const isPublicKey = (pem: string): boolean => {
  try {
    return pem.includes('BEGIN PUBLIC KEY') && createPublicKey(pem).type === 'public'
  } catch {
    return false
  }
}

const listOf = (text: string) => text.split(',').map((part) => part.trim())

const Roles = z
  .string()
  .refine((text) => listOf(text).every(isRole), `must be one or more of ${ROLES.join(', ')}`)
  .transform((text) => listOf(text).filter(isRole))

const FACTOR = /^(\w+)=([1-9]\d{0,3})$/
const RoleFactors = z
  .string()
  .refine(
    (text) => listOf(text).every((part) => isRole(FACTOR.exec(part)?.[1])),
    'must be role=factor, or a comma list of them, such as service=10',
  )
  .transform(
    (text): Partial<Record<Role, number>> =>
      Object.fromEntries(listOf(text).map((part) => [FACTOR.exec(part)?.[1], Number(FACTOR.exec(part)?.[2])])),
  )

/** What the gateway reads of the environment, also when it is part of the embedded process. */
export const gatewayFields = {
  GATEWAY_PORT: Port(4001),
  CORS_ORIGINS: Origins.default(['http://localhost:5173', 'http://localhost:4173', 'http://localhost:3000']),
  CONSOLE: z.enum(['on', 'off'], 'must be on or off').default('off'),
  AUTH_MODE: z.enum(['jwt', 'dev'], 'must be jwt or dev').default('jwt'),
  JWT_SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
  JWT_PUBLIC_KEY: z.string().refine(isPublicKey, 'must be a PEM public key (BEGIN PUBLIC KEY)').optional(),
  JWKS_URL: HttpUrl.optional(),
  JWT_DEFAULT_ROLES: Roles.default(['teacher']),
  JWT_ISSUER: z.string().default('huleedu-identity-service'),
  JWT_AUDIENCE: z.string().default('huleedu-platform'),
  /** A file for the audit, one line a call; left out, the lines go where the log goes. */
  AUDIT_FILE: z.string().optional(),
  AUDIT_TOPIC: OnOff('off'),
  PUBLISH_TIMEOUT_MS: Whole(5_000, 100, 60_000),
  ...streamFields,
  ...uploadFields,
  MAX_BODY_BYTES: Whole(2_000_000, 1_000, 100_000_000),
  RATE_LIMIT_PIPELINES_PER_MINUTE: Whole(20, 0),
  RATE_LIMIT_PIPELINES_BURST: Whole(0, 0).optional(),
  RATE_LIMIT_STATUS_PER_MINUTE: Whole(50, 0),
  RATE_LIMIT_STATUS_BURST: Whole(0, 0).optional(),
  /** Uploads of one client a minute, each of up to UPLOAD_MAX_FILES files. */
  RATE_LIMIT_UPLOADS_PER_MINUTE: Whole(30, 0),
  RATE_LIMIT_UPLOADS_BURST: Whole(0, 0).optional(),
  RATE_LIMIT_DEFAULT_PER_MINUTE: Whole(100, 0),
  RATE_LIMIT_DEFAULT_BURST: Whole(0, 0).optional(),
  RATE_LIMIT_ORGANISATION_PER_MINUTE: Whole(2_000, 0),
  RATE_LIMIT_ORGANISATION_BURST: Whole(0, 0).optional(),
  /** Milliseconds that keys and tickets are waited for; longer than limits are, since nothing stands in for them. */
  STORE_TIMEOUT_MS: Whole(500, 10, 5_000),
  RATE_LIMIT_STORE_TIMEOUT_MS: Whole(250, 10, 5_000),
  RATE_LIMIT_ROLE_FACTORS: RoleFactors.default({ service: 10 }),
  /** How many proxies of our own stand in front: so many entries of `X-Forwarded-For` are true. */
  TRUSTED_PROXY_HOPS: Whole(0, 0, 10),
}

type SignInConfig = {
  readonly AUTH_MODE: 'jwt' | 'dev'
  readonly HOST: string
  readonly JWT_SECRET?: string | undefined
  readonly JWT_PUBLIC_KEY?: string | undefined
  readonly JWKS_URL?: string | undefined
}

const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWKS_URL'] as const

/** What the fields cannot say one by one. */
export const checkSignIn = (config: SignInConfig, context: z.RefinementCtx): void => {
  const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  if (config.AUTH_MODE === 'dev' && !isLoopback(config.HOST))
    issue('AUTH_MODE', 'dev is only allowed on a loopback HOST: anyone could sign in as anyone')
  const [key, ...others] = KEYS.filter((name) => config[name] !== undefined)
  for (const other of others) issue(other, `and ${key} exclude each other`)
  if (config.AUTH_MODE === 'dev' && config.JWT_SECRET === undefined) issue('JWT_SECRET', 'is missing')
  if (config.AUTH_MODE !== 'dev' && key === undefined)
    issue('JWT_SECRET', 'is missing (or set JWT_PUBLIC_KEY or JWKS_URL)')
}

/** The gateway as a process of its own. */
export const GatewayConfig = z
  .object({
    ...distributedConfig,
    ...redisConfig,
    ...gatewayFields,
    CONDUCTOR_URL: HttpUrl.default('http://127.0.0.1:4002'),
    ORCHESTRATOR_URL: HttpUrl.default('http://127.0.0.1:4003'),
  })
  .superRefine(needsInternalKey, ACROSS_FIELDS)
  .superRefine(wholeKafkaSecurity, ACROSS_FIELDS)
  .superRefine(wholeRedisAccess, ACROSS_FIELDS)
  .superRefine(checkSignIn, ACROSS_FIELDS)
export type GatewayConfig = z.infer<typeof GatewayConfig>

/** The limits by kind of route; a rate of 0 is no limit, a burst is the rate's number unless it is set. */
export const limitsOf = (config: Omit<z.infer<z.ZodObject<typeof gatewayFields>>, 'GATEWAY_PORT'>) => ({
  pipelines: limit(config.RATE_LIMIT_PIPELINES_PER_MINUTE, config.RATE_LIMIT_PIPELINES_BURST),
  status: limit(config.RATE_LIMIT_STATUS_PER_MINUTE, config.RATE_LIMIT_STATUS_BURST),
  uploads: limit(config.RATE_LIMIT_UPLOADS_PER_MINUTE, config.RATE_LIMIT_UPLOADS_BURST),
  default: limit(config.RATE_LIMIT_DEFAULT_PER_MINUTE, config.RATE_LIMIT_DEFAULT_BURST),
  organisation: limit(config.RATE_LIMIT_ORGANISATION_PER_MINUTE, config.RATE_LIMIT_ORGANISATION_BURST),
})

const limit = (perMinute: number, burst: number | undefined) => ({ perMinute, burst: burst || perMinute })
