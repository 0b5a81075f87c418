import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { examine } from '../../ops/doctor/examine.ts'
import type { KafkaSecurity } from '../../shared/connections.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { PassingError } from '../../shared/errors.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { createProgramPool } from '../e2e/process.ts'
import { createTeacher } from '../e2e/teacher.ts'
import { describeOwnEngines } from '../engines/describe.ts'
import type { Engine } from '../engines/engine.ts'
import type { RedisCluster } from '../engines/redis-cluster.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { PASSWORD, secureKafka, secureRedis, secureRedisCluster } from './secure-engines.ts'

/** Encryption and sign-in, on engines of our own that let nobody in without. */

/** A topic that there is already, before anybody of ours may look at it. */
const PLANTED = [{ name: TOPICS.phaseOutcome, partitions: 1, retentionMs: 86_400_000, maxMessageBytes: 1_048_588 }]

describeOwnEngines('engines that let nobody in without a key', (programs) => {
  let folder: string
  let certificates: Certificates
  let redis: Engine
  let cluster: RedisCluster
  let kafka: Engine
  let security: KafkaSecurity
  let operator: KafkaSecurity
  let grant: () => Promise<void>
  let ca: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-secure-'))
    certificates = await makeCertificates(folder)
    ca = await readFile(certificates.ca, 'utf8')
    redis = await secureRedis(folder, certificates)
    const secured = await secureKafka(await programs(), folder, certificates)
    kafka = secured.engine
    security = secured.security
    operator = secured.admin
    grant = secured.grant
    await Promise.all([redis.start(), kafka.start()])
    cluster = await secureRedisCluster(await programs(), folder, certificates)
  }, 120_000)
  afterAll(async () => {
    await Promise.all([redis?.dispose(), cluster?.dispose(), kafka?.dispose()])
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  type Access = Parameters<typeof createRedisClient>[0]['access'] & {}
  const redisAs = (access: Access, { url = redis.address, commandTimeoutMs = 10_000 } = {}) =>
    createRedisClient({ url, access, connectionName: 'test', logger: silent, commandTimeoutMs })
  const attempt = async (client: ReturnType<typeof redisAs>, lua: string): Promise<unknown> => {
    try {
      return await client.define({ name: 'testAccess', numberOfKeys: 1, lua })(['{b1}:k'], [])
    } finally {
      await client.close()
    }
  }

  test('Redis runs scripts for the user of the services, over TLS', async () => {
    const client = redisAs({ username: 'baton', password: PASSWORD, tls: { ca } })
    expect(await attempt(client, `redis.call('SET', KEYS[1], 'kept') return redis.call('GET', KEYS[1])`)).toBe('kept')
  })

  test.each(['FLUSHALL', 'KEYS', 'SHUTDOWN', 'DEBUG'])('Redis refuses %s to that user', async (command) => {
    const client = redisAs({ username: 'baton', password: PASSWORD, tls: { ca } })
    await expect(attempt(client, `return redis.call('${command}', '*')`)).rejects.toThrow(
      /can't run this command|not allowed|NOPERM/i,
    )
  })

  test.each([
    ['without a password', {}],
    ['with a wrong password', { username: 'baton', password: 'wrong' }],
  ])('Redis lets nobody in %s', async (_, access) => {
    await expect(attempt(redisAs({ ...access, tls: { ca } }), 'return 1')).rejects.toThrow(/NOAUTH|WRONGPASS|closed/i)
  })

  test('a Redis whose certificate nobody of ours signed is not spoken to', async () => {
    const client = redisAs({ username: 'baton', password: PASSWORD }, { commandTimeoutMs: 1_000 })
    await expect(attempt(client, 'return 1')).rejects.toBeInstanceOf(PassingError)
  })

  test('a Redis that asks for our certificate does not speak to who has none', async () => {
    const client = redisAs(
      { username: 'baton', password: PASSWORD, tls: { ca } },
      { url: cluster.nodes[0]?.address, commandTimeoutMs: 1_000 },
    )
    await expect(attempt(client, 'return 1')).rejects.toBeInstanceOf(PassingError)
  })

  test.each([
    ['without sign-in', () => ({ tls: security.tls })],
    ['with a wrong password', () => ({ tls: security.tls, sasl: { ...security.sasl, password: 'wrong' } })],
    ['without trusting its certificate', () => ({ tls: { ...security.tls, ca: undefined }, sasl: security.sasl })],
    ['without a certificate', () => ({ tls: { ca }, sasl: security.sasl })],
  ])(
    'Kafka lets nobody in %s',
    async (_, wrong) => {
      const options = { brokers: [kafka.address], clientId: 'test', logger: silent }
      const log = createKafkaLog({ ...options, security: wrong() as KafkaSecurity })
      await expect(log.ping()).rejects.toBeInstanceOf(PassingError)
      await log.close()
    },
    20_000,
  )

  /** How services reach the engines, with their secrets in files. */
  const reach = () => ({
    KAFKA_BROKERS: kafka.address,
    KAFKA_TLS: 'on',
    KAFKA_TLS_CA_FILE: certificates.ca,
    KAFKA_TLS_CERT_FILE: certificates.client.cert,
    KAFKA_TLS_KEY_FILE: certificates.client.key,
    KAFKA_SASL_MECHANISM: 'scram-sha-256',
    KAFKA_SASL_USERNAME: 'baton',
    KAFKA_SASL_PASSWORD_FILE: join(folder, 'password'),
    REDIS_URL: cluster.url,
    REDIS_USERNAME: 'baton',
    REDIS_PASSWORD_FILE: join(folder, 'password'),
    REDIS_TLS_CA_FILE: certificates.ca,
    REDIS_TLS_CERT_FILE: certificates.client.cert,
    REDIS_TLS_KEY_FILE: certificates.client.key,
    JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all',
    INTERNAL_API_KEY: 'an-internal-key-for-tests',
    TOPIC_PARTITIONS: '1',
  })
  const rightsFound = async () => {
    const findings = await examine({ environment: reach(), version: '1', logger: silent })
    return findings.map(({ check }) => check).filter((check) => /acl|reachable/.test(check))
  }

  test('the doctor names what our user of Kafka may not do, until the script has granted it', async () => {
    const admin = createKafkaLog({ brokers: [kafka.address], clientId: 'admin', logger: silent, security: operator })
    await admin.ensureTopics(PLANTED)
    await admin.close()
    expect(await rightsFound()).toEqual(['kafka.acl_describe', 'kafka.acl_groups', 'kafka.acl_brokers'])
    const services = createKafkaLog({ brokers: [kafka.address], clientId: 'test', logger: silent, security })
    await expect(services.ensureTopics(PLANTED)).rejects.toThrow(
      /^1 topic\(s\) not created, the first huleedu.*: Not authorized/,
    )
    await services.close()
    await grant()
    expect(await rightsFound()).toEqual(['kafka.acl_create', 'kafka.acl_brokers'])
  }, 30_000)

  test('every service works on both, with its secrets in files, and a batch goes through', async () => {
    const programsOfOurs = createProgramPool()
    const secret = async (name: string, value: string) => {
      await writeFile(join(folder, name), value)
      return join(folder, name)
    }
    const { JWT_SECRET, INTERNAL_API_KEY, ...engines } = reach()
    const ports = { gateway: await freePort(), conductor: await freePort(), orchestrator: await freePort() }
    const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`
    const env = {
      ...engines,
      INTERNAL_API_KEY_FILE: await secret('internal', `${INTERNAL_API_KEY}\n`),
      JWT_SECRET_FILE: await secret('jwt', JWT_SECRET),
      AUTH_MODE: 'dev',
      SIMULATOR_PHASE_MS: '1',
      GATEWAY_PORT: `${ports.gateway}`,
      CONDUCTOR_PORT: `${ports.conductor}`,
      ORCHESTRATOR_PORT: `${ports.orchestrator}`,
      CONDUCTOR_URL: url('conductor'),
      ORCHESTRATOR_URL: url('orchestrator'),
      RATE_LIMIT_STATUS_PER_MINUTE: '0',
    }
    try {
      for (const name of ['gateway', 'conductor', 'orchestrator', 'simulator'])
        programsOfOurs.start(`${name}/main.ts`, env)
      await until(
        async () =>
          (await Promise.all(Object.values(ports).map((port) => fetch(`http://127.0.0.1:${port}/readyz`)))).every(
            ({ ok }) => ok,
          ),
        { timeoutMs: 90_000, what: 'the services to be ready', intervalMs: 100 },
      )
      const teacher = await createTeacher([url('gateway')])
      const batch = await teacher.register(['anna'])
      const { status } = await teacher.ended(batch, await teacher.request(batch, 'ai_feedback'))
      expect(status).toBe('completed_successfully')
    } finally {
      await programsOfOurs.endAll()
    }
  }, 180_000)
})
