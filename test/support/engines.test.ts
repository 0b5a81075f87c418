import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { engines, freePort, uniquePrefix } from './engines.ts'

test('the environment names the engines', () => {
  expect(engines({ KAFKA_BROKERS: 'a:1,b:2', REDIS_URL: 'redis://c:3' })).toEqual({
    brokers: ['a:1', 'b:2'],
    redisUrl: 'redis://c:3',
    databaseUrl: undefined,
  })
  expect(engines({ DATABASE_URL: 'postgres://d' }).databaseUrl).toBe('postgres://d')
})

test('an engine that is not named, or named by nothing, is not there', () => {
  expect(engines({ KAFKA_BROKERS: '' })).toEqual({ brokers: undefined, redisUrl: undefined, databaseUrl: undefined })
})

test('where engines are required a missing one is an error, not a skip', () => {
  expect(() => engines({ BATON_ENGINES: 'required', REDIS_URL: 'redis://c:3' })).toThrow('KAFKA_BROKERS')
  expect(() => engines({ BATON_ENGINES: 'required', KAFKA_BROKERS: 'a:1' })).toThrow('REDIS_URL')
  const three = { KAFKA_BROKERS: 'a:1', REDIS_URL: 'redis://c:3', DATABASE_URL: '' }
  expect(() => engines({ ...three, BATON_ENGINES: 'all' })).toThrow('DATABASE_URL')
  expect(engines({ ...three, BATON_ENGINES: 'required' }).brokers).toEqual(['a:1'])
})

test('prefixes do not repeat', () => {
  const prefixes = Array.from({ length: 50 }, uniquePrefix)
  expect(new Set(prefixes).size).toBe(50)
})

test('a free port can be listened on, and lies below the ports of outgoing connections', async () => {
  const port = await freePort()
  const server = createServer()
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, '127.0.0.1', listening.resolve)
  await listening.promise
  server.close()
  expect(port).toBeLessThan(32_768)
})
