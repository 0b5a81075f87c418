import { expect, test } from 'bun:test'
import { EmbeddedConfig } from '../../embedded/config.ts'
import { parseEnvironment } from '../../shared/config.ts'

const parse = (environment: Readonly<Record<string, string>> = {}) => parseEnvironment(EmbeddedConfig, environment)

test('nothing needs to be set: it listens on loopback, keeps its state in ./data, and development sign-in is on', () => {
  const config = parse()
  expect(config).toMatchObject({ HOST: '127.0.0.1', DATA_DIR: './data', AUTH_MODE: 'dev', GATEWAY_PORT: 4001 })
  expect(config.CORS_ORIGINS).toContain('http://localhost:5173')
})

test('development sign-in is refused beyond loopback', () => {
  expect(() => parse({ HOST: '0.0.0.0' })).toThrow('AUTH_MODE')
})

test('real sign-in needs a key', () => {
  expect(() => parse({ AUTH_MODE: 'jwt' })).toThrow('JWT_SECRET: is missing')
  expect(parse({ AUTH_MODE: 'jwt', JWT_SECRET: 'x'.repeat(32), HOST: '0.0.0.0' }).AUTH_MODE).toBe('jwt')
})

test('engines belong to the other way to run: naming them is refused, both at once', () => {
  const wrong = () => parse({ KAFKA_BROKERS: 'localhost:9092', REDIS_URL: 'redis://localhost' })
  expect(wrong).toThrow('KAFKA_BROKERS')
  expect(wrong).toThrow('REDIS_URL')
})
