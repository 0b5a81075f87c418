import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import {
  ACROSS_FIELDS,
  Brokers,
  ConfigError,
  commonConfig,
  distributedConfig,
  HttpUrl,
  InternalKeys,
  internalKeysOf,
  needsInternalKey,
  OnOff,
  Origins,
  Port,
  parseEnvironment,
  RedisUrl,
  Whole,
} from '../../shared/config.ts'

const read = <Schema extends z.ZodType>(schema: Schema, value: string | undefined) =>
  parseEnvironment(z.object({ X: schema }), { X: value })

test('everything that is wrong or missing is in one message, each by its name', () => {
  const schema = z
    .object({ ...distributedConfig, PORT: Port(4001), URL: HttpUrl })
    .superRefine(needsInternalKey, ACROSS_FIELDS)
  const parse = () => parseEnvironment(schema, { KAFKA_BROKERS: 'no port', PORT: '70000', LOG_LEVEL: 'loud' })
  expect(parse).toThrow(ConfigError)
  try {
    parse()
  } catch (thrown) {
    const [head, ...lines] = String(thrown).split('\n')
    expect(head).toBe('ConfigError: The configuration has 5 problem(s):')
    expect(lines.map((line) => line.trim()).sort()).toEqual([
      'INTERNAL_API_KEY: is missing (or set INTERNAL_AUTH=off)',
      'KAFKA_BROKERS: must be host:port, or a comma list of them',
      'LOG_LEVEL: must be debug, info, warn or error',
      'PORT: must be a port, 0 to 65535',
      'URL: is missing',
    ])
  }
})

test('a wrong value is not repeated in the message: it may be a secret', () => {
  const schema = z.object({ INTERNAL_API_KEY: InternalKeys, REDIS_URL: RedisUrl })
  const parse = () => parseEnvironment(schema, { INTERNAL_API_KEY: 'hunter2', REDIS_URL: 'http://:hunter2@cache' })
  expect(parse).toThrow('INTERNAL_API_KEY')
  expect(parse).not.toThrow('hunter2')
})

test('a variable that is set to nothing counts as not set', () => {
  expect(read(Port(4001), '')).toEqual({ X: 4001 })
  expect(() => read(z.string(), '')).toThrow('X: is missing')
})

describe('values', () => {
  test.each([
    ['a port', Port(1), '4001', 4001],
    ['a whole number', Whole(5, 1, 10), '7', 7],
    ['its default', Whole(5, 1, 10), undefined, 5],
    ['a switch', OnOff('on'), 'off', 'off'],
    ['brokers', Brokers, 'a:9092, b:9092', ['a:9092', 'b:9092']],
    ['a broker by IPv6', Brokers, '[::1]:9092', ['[::1]:9092']],
    ['a Redis', RedisUrl, 'rediss://u:p@cache:6379/1', 'rediss://u:p@cache:6379/1'],
    ['a Cluster', RedisUrl, 'redis://a:1,redis://b:2', 'redis://a:1,redis://b:2'],
    ['origins', Origins, 'http://localhost:5173,https://a.test', ['http://localhost:5173', 'https://a.test']],
    ['two keys', InternalKeys, 'a-key-of-16-chars,b-key-of-16-chars', ['a-key-of-16-chars', 'b-key-of-16-chars']],
  ])('%s is read', (_, schema, text, value) => {
    expect(read(schema, text)).toEqual({ X: value })
  })

  test.each([
    ['a port beyond the last', Port(1), '65536'],
    ['a port in words', Port(1), 'http'],
    ['a fraction', Whole(5, 1, 10), '1.5'],
    ['a number below', Whole(5, 1, 10), '0'],
    ['a number above', Whole(5, 1, 10), '11'],
    ['a number with an exponent', Whole(5, 1, 10), '1e1'],
    ['a switch in other words', OnOff('on'), 'false'],
    ['a broker without a port', Brokers, 'a:1,b'],
    ['no brokers', Brokers, ','],
    ['a Redis of another protocol', RedisUrl, 'http://cache:6379'],
    ['one wrong node of a Cluster', RedisUrl, 'redis://a:1,b:2'],
    ['a service that is no URL', HttpUrl, 'conductor:4002'],
    ['an origin with a path', Origins, 'http://localhost:5173/'],
    ['every origin', Origins, '*'],
    ['a short key', InternalKeys, 'short'],
    ['three keys', InternalKeys, 'a-key-of-16-chars,b-key-of-16-chars,c-key-of-16-chars'],
  ])('%s is refused', (_, schema, text) => {
    expect(() => read(schema, text)).toThrow(ConfigError)
  })
})

describe('the internal key', () => {
  const schema = z.object(distributedConfig).superRefine(needsInternalKey, ACROSS_FIELDS)
  const parse = (more: Record<string, string>) => parseEnvironment(schema, { KAFKA_BROKERS: 'a:1', ...more })

  test('must be set, unless the check is switched off', () => {
    expect(() => parse({})).toThrow('INTERNAL_API_KEY: is missing (or set INTERNAL_AUTH=off)')
    expect(internalKeysOf(parse({ INTERNAL_AUTH: 'off' }))).toEqual({ keys: undefined, own: undefined })
  })

  test('of two during a rotation both are taken and the first is sent', () => {
    const [first, second] = ['a-key-of-16-chars', 'b-key-of-16-chars']
    expect(internalKeysOf(parse({ INTERNAL_API_KEY: `${first},${second}` }))).toEqual({
      keys: [first, second],
      own: first,
    })
  })

  test('switched off, a key that is set is still sent: the other side may check it', () => {
    const config = parse({ INTERNAL_AUTH: 'off', INTERNAL_API_KEY: 'a-key-of-16-chars' })
    expect(internalKeysOf(config)).toEqual({ keys: undefined, own: 'a-key-of-16-chars' })
  })
})

test('a service listens on loopback unless it is told otherwise', () => {
  expect(parseEnvironment(z.object(commonConfig), {}).HOST).toBe('127.0.0.1')
})
