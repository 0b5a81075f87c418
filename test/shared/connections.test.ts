import { expect, test } from 'bun:test'
import { z } from 'zod'
import { ACROSS_FIELDS, parseEnvironment } from '../../shared/config.ts'
import {
  kafkaSecurityFields,
  kafkaSecurityOf,
  redisAccessFields,
  redisAccessOf,
  wholeKafkaSecurity,
  wholeRedisAccess,
} from '../../shared/connections.ts'

const Kafka = z.object(kafkaSecurityFields).superRefine(wholeKafkaSecurity, ACROSS_FIELDS)
const Redis = z.object({ REDIS_URL: z.string(), ...redisAccessFields }).superRefine(wholeRedisAccess, ACROSS_FIELDS)
const PEM = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----'

test('by default neither encryption nor sign-in is asked for', () => {
  expect(kafkaSecurityOf(parseEnvironment(Kafka, {}))).toEqual({})
  expect(redisAccessOf(parseEnvironment(z.object(redisAccessFields), {}))).toEqual({})
})

test('what is set reaches the connection', () => {
  const sasl = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }
  const tls = { KAFKA_TLS: 'on', KAFKA_TLS_CA: PEM, KAFKA_TLS_CERT: PEM, KAFKA_TLS_KEY: PEM }
  expect(kafkaSecurityOf(parseEnvironment(Kafka, { ...sasl, ...tls }))).toEqual({
    tls: { ca: PEM, cert: PEM, key: PEM },
    sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
  })
  const certificates = { REDIS_TLS_CA: PEM, REDIS_TLS_CERT: PEM, REDIS_TLS_KEY: PEM }
  const redis = { REDIS_URL: 'rediss://a:1,rediss://b:2', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p', ...certificates }
  expect(redisAccessOf(parseEnvironment(Redis, redis))).toEqual({
    username: 'u',
    password: 'p',
    tls: { ca: PEM, cert: PEM, key: PEM },
  })
})

test.each([
  ['a mechanism without a user', { KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME: is missing'],
  ['a password without a mechanism', { KAFKA_SASL_PASSWORD: 'p' }, 'KAFKA_SASL_MECHANISM: is missing'],
  ['a mechanism that nobody knows', { KAFKA_SASL_MECHANISM: 'md5' }, 'KAFKA_SASL_MECHANISM: must be plain'],
  ['a certificate without its key', { KAFKA_TLS: 'on', KAFKA_TLS_CERT: PEM }, 'KAFKA_TLS_KEY: is missing'],
  ['an authority with TLS off', { KAFKA_TLS_CA: PEM }, 'KAFKA_TLS: is off, but'],
  ['an authority that is a path', { KAFKA_TLS: 'on', KAFKA_TLS_CA: '/etc/ca.pem' }, 'KAFKA_TLS_CA: must be PEM text'],
])('%s stops the start', (_, environment, problem) => {
  expect(() => parseEnvironment(Kafka, environment)).toThrow(problem)
})

test.each([
  ['a certificate without its key', { REDIS_TLS_CERT: PEM }, 'REDIS_TLS_KEY: is missing'],
  ['a key without its certificate', { REDIS_TLS_KEY: PEM }, 'REDIS_TLS_CERT: is missing'],
  [
    'an authority for one node that is spoken to in the clear',
    { REDIS_URL: 'rediss://a:1, redis://b:2', REDIS_TLS_CA: PEM },
    'REDIS_URL: must be rediss://',
  ],
])('%s of Redis stops the start', (_, environment, problem) => {
  expect(() => parseEnvironment(Redis, { REDIS_URL: 'rediss://a:1', ...environment })).toThrow(problem)
})
