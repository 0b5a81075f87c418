import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import {
  ACROSS_FIELDS,
  distributedConfig,
  HttpUrl,
  isLoopback,
  needsInternalKey,
  Origins,
  Port,
  redisConfig,
  Whole,
} from '../shared/config.ts'
import { wholeKafkaSecurity } from '../shared/connections.ts'

/** Whether sign-in can use it: a key that only looks like one would refuse every user. */
const isPublicKey = (pem: string): boolean => {
  try {
    return pem.includes('BEGIN PUBLIC KEY') && createPublicKey(pem).type === 'public'
  } catch {
    return false
  }
}

/** What the gateway reads of the environment, also when it is part of the embedded process. */
export const gatewayFields = {
  GATEWAY_PORT: Port(4001),
  CORS_ORIGINS: Origins.default(['http://localhost:5173', 'http://localhost:4173', 'http://localhost:3000']),
  AUTH_MODE: z.enum(['jwt', 'dev'], 'must be jwt or dev').default('jwt'),
  JWT_SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
  JWT_PUBLIC_KEY: z.string().refine(isPublicKey, 'must be a PEM public key (BEGIN PUBLIC KEY)').optional(),
  JWT_ISSUER: z.string().default('huleedu-identity-service'),
  JWT_AUDIENCE: z.string().default('huleedu-platform'),
  PUBLISH_TIMEOUT_MS: Whole(5_000, 100, 60_000),
  MAX_BODY_BYTES: Whole(2_000_000, 1_000, 100_000_000),
  RATE_LIMIT_PIPELINES_PER_MINUTE: Whole(20, 0),
  RATE_LIMIT_PIPELINES_BURST: Whole(0, 0).optional(),
  RATE_LIMIT_STATUS_PER_MINUTE: Whole(50, 0),
  RATE_LIMIT_STATUS_BURST: Whole(0, 0).optional(),
  RATE_LIMIT_DEFAULT_PER_MINUTE: Whole(100, 0),
  RATE_LIMIT_DEFAULT_BURST: Whole(0, 0).optional(),
}

type SignInConfig = {
  readonly AUTH_MODE: 'jwt' | 'dev'
  readonly HOST: string
  readonly JWT_SECRET?: string | undefined
  readonly JWT_PUBLIC_KEY?: string | undefined
}

/** What the fields cannot say one by one. */
export const checkSignIn = (config: SignInConfig, context: z.RefinementCtx): void => {
  const issue = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  if (config.AUTH_MODE === 'dev' && !isLoopback(config.HOST))
    issue('AUTH_MODE', 'dev is only allowed on a loopback HOST: anyone could sign in as anyone')
  if (config.JWT_SECRET !== undefined && config.JWT_PUBLIC_KEY !== undefined)
    issue('JWT_PUBLIC_KEY', 'and JWT_SECRET exclude each other')
  if (config.JWT_SECRET === undefined && (config.AUTH_MODE === 'dev' || config.JWT_PUBLIC_KEY === undefined))
    issue('JWT_SECRET', config.AUTH_MODE === 'dev' ? 'is missing' : 'is missing (or set JWT_PUBLIC_KEY)')
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
  .superRefine(checkSignIn, ACROSS_FIELDS)
export type GatewayConfig = z.infer<typeof GatewayConfig>

/** The limits by kind of route; a rate of 0 is no limit, a burst is the rate's number unless it is set. */
export const limitsOf = (config: Omit<z.infer<z.ZodObject<typeof gatewayFields>>, 'GATEWAY_PORT'>) => ({
  pipelines: limit(config.RATE_LIMIT_PIPELINES_PER_MINUTE, config.RATE_LIMIT_PIPELINES_BURST),
  status: limit(config.RATE_LIMIT_STATUS_PER_MINUTE, config.RATE_LIMIT_STATUS_BURST),
  default: limit(config.RATE_LIMIT_DEFAULT_PER_MINUTE, config.RATE_LIMIT_DEFAULT_BURST),
})

const limit = (perMinute: number, burst: number | undefined) => ({ perMinute, burst: burst || perMinute })
