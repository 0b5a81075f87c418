import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaSecurity } from '../../shared/connections.ts'
import { PassingError } from '../../shared/errors.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { createProgramPool } from '../e2e/process.ts'
import { createTeacher } from '../e2e/teacher.ts'
import { describeOwnEngines } from '../engines/describe.ts'
import { createEngine, type Engine } from '../engines/engine.ts'
import type { EnginePrograms } from '../engines/install.ts'
import { createKafkaNode, type SecureListener } from '../engines/kafka.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { type Certificates, makeCertificates } from './certificates.ts'

/** Encryption and sign-in, on engines of our own that let nobody in without. */

const root = join(import.meta.dir, '../..')
const PASSWORD = 'a-password-of-the-engines'
const ADMIN = 'a-password-of-the-operators'

/** Redis as `deploy/redis/start.sh` starts it, but on TLS only. */
const secureRedis = async (folder: string, { cert, key, ca }: Certificates): Promise<Engine> => {
  const port = await freePort()
  const [password, admin] = [join(folder, 'password'), join(folder, 'admin')]
  await writeFile(password, PASSWORD)
  await writeFile(admin, ADMIN)
  const address = `rediss://127.0.0.1:${port}`
  const probe = createRedisClient({
    url: address,
    access: { username: 'baton', password: PASSWORD, ca: await readFile(ca, 'utf8') },
    connectionName: 'probe',
    logger: silent,
  })
  return createEngine({
    name: 'redis',
    address,
    folder: await mkdtemp(join(tmpdir(), 'baton-redis-')),
    command: [
      ...[
        'env',
        `PASSWORD_FILE=${password}`,
        `ADMIN_PASSWORD_FILE=${admin}`,
        `USERS_FILE=${join(folder, 'users.acl')}`,
      ],
      ...['sh', join(root, 'deploy/redis/start.sh'), '--bind', '127.0.0.1', '--port', '0', '--tls-port', `${port}`],
      ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no'],
    ],
    readyTimeoutMs: 15_000,
    ready: () => probe.ping().then(() => probe.close()),
  })
}

/** Kafka that speaks TLS and knows one user, by SCRAM. */
const secureKafka = async (programs: EnginePrograms, folder: string, { cert, key, ca }: Certificates) => {
  const store = join(folder, 'server.pem')
  await writeFile(store, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')))
  const sasl = { mechanism: 'scram-sha-256' as const, username: 'baton', password: PASSWORD }
  const security: KafkaSecurity = { tls: { ca: await readFile(ca, 'utf8') }, sasl }
  const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
  const secure: SecureListener = {
    protocol: 'SASL_SSL',
    properties: `
ssl.keystore.type=PEM
ssl.keystore.location=${store}
ssl.truststore.type=PEM
ssl.truststore.location=${ca}
sasl.enabled.mechanisms=SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${jaas} username="baton" password="${PASSWORD}";
`,
    formatArgs: ['--add-scram', `SCRAM-SHA-256=[name=baton,password=${PASSWORD}]`],
    client: { ssl: { ...security.tls }, sasl: { ...sasl } },
  }
  const engine = await createKafkaNode(programs, { secure })
  return { engine, security }
}

describeOwnEngines('engines that let nobody in without a key', (programs) => {
  let folder: string
  let certificates: Certificates
  let redis: Engine
  let kafka: Engine
  let security: KafkaSecurity
  let ca: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-secure-'))
    certificates = await makeCertificates(folder)
    ca = await readFile(certificates.ca, 'utf8')
    redis = await secureRedis(folder, certificates)
    const secured = await secureKafka(await programs(), folder, certificates)
    kafka = secured.engine
    security = secured.security
    await Promise.all([redis.start(), kafka.start()])
  }, 60_000)
  afterAll(async () => {
    await Promise.all([redis?.dispose(), kafka?.dispose()])
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const redisAs = (access: Parameters<typeof createRedisClient>[0]['access'] & {}) =>
    createRedisClient({ url: redis.address, access, connectionName: 'test', logger: silent, commandTimeoutMs: 1_000 })
  const attempt = async (client: ReturnType<typeof redisAs>, lua: string): Promise<unknown> => {
    try {
      return await client.define({ name: 'testAccess', numberOfKeys: 1, lua })(['{b1}:k'], [])
    } finally {
      await client.close()
    }
  }

  test('Redis runs scripts for the user of the services, over TLS', async () => {
    const client = redisAs({ username: 'baton', password: PASSWORD, ca })
    expect(await attempt(client, `redis.call('SET', KEYS[1], 'kept') return redis.call('GET', KEYS[1])`)).toBe('kept')
  })

  test.each(['FLUSHALL', 'KEYS', 'SHUTDOWN', 'DEBUG'])('Redis refuses %s to that user', async (command) => {
    const client = redisAs({ username: 'baton', password: PASSWORD, ca })
    await expect(attempt(client, `return redis.call('${command}', '*')`)).rejects.toThrow(
      /can't run this command|not allowed|NOPERM/i,
    )
  })

  test.each([
    ['without a password', {}],
    ['with a wrong password', { username: 'baton', password: 'wrong' }],
  ])('Redis lets nobody in %s', async (_, access) => {
    await expect(attempt(redisAs({ ...access, ca }), 'return 1')).rejects.toThrow(/NOAUTH|WRONGPASS|closed/i)
  })

  test('a Redis whose certificate nobody of ours signed is not spoken to', async () => {
    const client = redisAs({ username: 'baton', password: PASSWORD })
    await expect(attempt(client, 'return 1')).rejects.toBeInstanceOf(PassingError)
  })

  test.each([
    ['without sign-in', () => ({ tls: { ca } })],
    ['with a wrong password', () => ({ tls: { ca }, sasl: { ...security.sasl, password: 'wrong' } })],
    ['without trusting its certificate', () => ({ tls: {}, sasl: security.sasl })],
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

  test('every service works on both, with its secrets in files, and a batch goes through', async () => {
    const programsOfOurs = createProgramPool()
    const secret = async (name: string, value: string) => {
      await writeFile(join(folder, name), value)
      return join(folder, name)
    }
    const ports = { gateway: await freePort(), conductor: await freePort(), orchestrator: await freePort() }
    const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`
    const env = {
      KAFKA_BROKERS: kafka.address,
      KAFKA_TLS: 'on',
      KAFKA_TLS_CA_FILE: certificates.ca,
      KAFKA_SASL_MECHANISM: 'scram-sha-256',
      KAFKA_SASL_USERNAME: 'baton',
      KAFKA_SASL_PASSWORD_FILE: join(folder, 'password'),
      REDIS_URL: redis.address,
      REDIS_USERNAME: 'baton',
      REDIS_PASSWORD_FILE: join(folder, 'password'),
      REDIS_TLS_CA_FILE: certificates.ca,
      INTERNAL_API_KEY_FILE: await secret('internal', 'an-internal-key-for-tests\n'),
      JWT_SECRET_FILE: await secret('jwt', 'a-secret-of-more-than-32-characters-in-all'),
      AUTH_MODE: 'dev',
      TOPIC_PARTITIONS: '1',
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
        { timeoutMs: 45_000, what: 'the services to be ready', intervalMs: 100 },
      )
      const teacher = await createTeacher([url('gateway')])
      const batch = await teacher.register(['anna'])
      const { status } = await teacher.ended(batch, await teacher.request(batch, 'ai_feedback'))
      expect(status).toBe('completed_successfully')
    } finally {
      await programsOfOurs.endAll()
    }
  }, 90_000)
})
