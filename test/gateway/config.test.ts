import { expect, test } from 'bun:test'
import { exportSPKI, generateKeyPair } from 'jose'
import { GatewayConfig, limitsOf } from '../../gateway/config.ts'
import { isLoopback, parseEnvironment } from '../../shared/config.ts'

const needed = {
  KAFKA_BROKERS: 'a:9092',
  REDIS_URL: 'redis://b:6379',
  INTERNAL_API_KEY: 'a-key-of-16-chars',
  JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all',
}
const parse = (more: Record<string, string> = {}) => parseEnvironment(GatewayConfig, { ...needed, ...more })
const { JWT_SECRET: _, ...withoutSecret } = needed

test('what must be set is enough; the rest has defaults', () => {
  expect(parse()).toMatchObject({
    GATEWAY_PORT: 4001,
    HOST: '127.0.0.1',
    AUTH_MODE: 'jwt',
    JWT_ISSUER: 'huleedu-identity-service',
    JWT_AUDIENCE: 'huleedu-platform',
    MAX_BATCH_ESSAYS: 5_000,
    CONDUCTOR_URL: 'http://127.0.0.1:4002',
    ORCHESTRATOR_URL: 'http://127.0.0.1:4003',
  })
})

test('an empty environment names all that is missing at once', () => {
  const start = () => parseEnvironment(GatewayConfig, {})
  for (const name of ['KAFKA_BROKERS', 'REDIS_URL', 'INTERNAL_API_KEY', 'JWT_SECRET'])
    expect(start).toThrow(`${name}: is missing`)
})

test('signing in as anyone is only allowed where nobody else can reach it', () => {
  expect(parse({ AUTH_MODE: 'dev' }).AUTH_MODE).toBe('dev')
  for (const HOST of ['0.0.0.0', '::', '10.0.0.7', 'gateway.test'])
    expect(() => parse({ AUTH_MODE: 'dev', HOST })).toThrow('AUTH_MODE: dev is only allowed on a loopback HOST')
  expect(['localhost', '127.0.0.1', '127.1.2.3', '::1'].every(isLoopback)).toBe(true)
  expect(['127.0.0.1.evil.test', 'localhost.evil.test', '128.0.0.1'].some(isLoopback)).toBe(false)
})

test('there is exactly one key for tokens, and it can be used', async () => {
  const JWT_PUBLIC_KEY = await exportSPKI((await generateKeyPair('ES256', { extractable: true })).publicKey)
  expect(parseEnvironment(GatewayConfig, { ...withoutSecret, JWT_PUBLIC_KEY }).JWT_PUBLIC_KEY).toBe(JWT_PUBLIC_KEY)
  expect(() => parseEnvironment(GatewayConfig, withoutSecret)).toThrow(
    'JWT_SECRET: is missing (or set JWT_PUBLIC_KEY or JWKS_URL)',
  )
  expect(() => parse({ JWT_PUBLIC_KEY })).toThrow('JWT_PUBLIC_KEY: and JWT_SECRET exclude each other')
  expect(() => parse({ JWT_SECRET: 'short' })).toThrow('JWT_SECRET: must have 32 characters or more')
  const broken = JWT_PUBLIC_KEY.replace(/[A-Z]{3}/, '!!!')
  expect(() => parseEnvironment(GatewayConfig, { ...withoutSecret, JWT_PUBLIC_KEY: broken })).toThrow('JWT_PUBLIC_KEY')
})

test("a limit's burst is its rate unless it is set, and 0 is no limit", () => {
  const limits = limitsOf(parse({ RATE_LIMIT_STATUS_BURST: '5', RATE_LIMIT_DEFAULT_PER_MINUTE: '0' }))
  expect(limits).toEqual({
    pipelines: { perMinute: 20, burst: 20 },
    status: { perMinute: 50, burst: 5 },
    uploads: { perMinute: 30, burst: 30 },
    default: { perMinute: 0, burst: 0 },
    organisation: { perMinute: 2_000, burst: 2_000 },
  })
})

test('roles, their factors and the number of proxies are read, and what is none of them is named', () => {
  expect(parse()).toMatchObject({
    JWT_DEFAULT_ROLES: ['teacher'],
    RATE_LIMIT_ROLE_FACTORS: { service: 10 },
    TRUSTED_PROXY_HOPS: 0,
  })
  const set = parse({ JWT_DEFAULT_ROLES: 'teacher, admin', RATE_LIMIT_ROLE_FACTORS: 'admin=2,service=50' })
  expect(set).toMatchObject({
    JWT_DEFAULT_ROLES: ['teacher', 'admin'],
    RATE_LIMIT_ROLE_FACTORS: { admin: 2, service: 50 },
  })
  const wrong = () => parse({ JWT_DEFAULT_ROLES: 'boss', RATE_LIMIT_ROLE_FACTORS: 'admin=0', TRUSTED_PROXY_HOPS: '-1' })
  for (const name of ['JWT_DEFAULT_ROLES', 'RATE_LIMIT_ROLE_FACTORS', 'TRUSTED_PROXY_HOPS']) expect(wrong).toThrow(name)
})

test('an identity server is a key of its own kind', () => {
  const JWKS_URL = 'https://identity.test/jwks'
  expect(parseEnvironment(GatewayConfig, { ...withoutSecret, JWKS_URL }).JWKS_URL).toBe(JWKS_URL)
  expect(() => parse({ JWKS_URL })).toThrow('JWKS_URL: and JWT_SECRET exclude each other')
})
