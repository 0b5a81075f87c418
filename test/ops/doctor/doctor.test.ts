import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Glob } from 'bun'
import { checkConfiguration, readConfiguration } from '../../../ops/doctor/configuration.ts'
import { checkDatabase, type DatabaseFacts } from '../../../ops/doctor/database.ts'
import { examine } from '../../../ops/doctor/examine.ts'
import type { Finding } from '../../../ops/doctor/finding.ts'
import { checkKafka } from '../../../ops/doctor/kafka.ts'
import { checkKafkaAccess } from '../../../ops/doctor/kafka-access.ts'
import { checkRedis } from '../../../ops/doctor/redis.ts'
import { checkServices, inspectPort, type PortFacts } from '../../../ops/doctor/services.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../../shared/log/kafka/log.ts'
import { NEEDED } from '../../../shared/store/redis/inspect.ts'
import { describeOwnEngines } from '../../engines/describe.ts'
import { createRedisNode } from '../../engines/redis.ts'
import { describeKafka, freePort, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { output } from '../../support/tools.ts'
import { ENVIRONMENT, kafkaAccess, kafkaFacts, NOW, redisFacts, SPECS } from './support.ts'

const checksOf = (findings: readonly Finding[]): readonly string[] => findings.map(({ check }) => check)

const configured = (change: Readonly<Record<string, string>>): readonly Finding[] => {
  const { findings, configuration } = readConfiguration({ ...ENVIRONMENT, ...change })
  return configuration ? checkConfiguration(configuration) : findings
}
const ours = (change: Partial<Extract<PortFacts, { state: 'ours' }>> = {}): PortFacts => ({
  state: 'ours',
  service: 'conductor',
  version: '1',
  ready: true,
  ...change,
})

const mayNot = (denied: Parameters<typeof kafkaAccess>[0]) => checkKafkaAccess(kafkaAccess(denied), SPECS)
const archive = (change: Partial<DatabaseFacts> = {}) =>
  checkDatabase({ version: 170_004, mayCreate: true, clockMs: NOW, ...change }, NOW)

test('where nothing is wrong nothing is found', () => {
  expect(configured({})).toEqual([])
  expect(checkKafka(kafkaFacts(), SPECS)).toEqual([])
  expect(mayNot({})).toEqual([])
  expect(checkRedis(redisFacts(), NOW)).toEqual([])
  expect(archive()).toEqual([])
  expect(checkServices({ conductor: ours(), gateway: { state: 'free' } }, '1')).toEqual([])
})

/** A mistake, the check that must find it, and how it is planted. */
const PLANTED: readonly (readonly [string, string, () => readonly Finding[]])[] = [
  ['a port that is none', 'configuration', () => configured({ GATEWAY_PORT: 'http' })],
  ['no key between services', 'configuration', () => configured({ INTERNAL_API_KEY: '' })],
  ['a secret that can be guessed', 'secrets.weak', () => configured({ JWT_SECRET: 'change-me-'.repeat(5) })],
  [
    'one secret for two things',
    'secrets.same',
    () => configured({ INTERNAL_API_KEY: ENVIRONMENT['JWT_SECRET'] ?? '' }),
  ],
  [
    'a rotation that was never ended',
    'secrets.rotation',
    () => configured({ INTERNAL_API_KEY: 'b6f0a2a9c1d84e0f97,c7e1b3b0d2e95f1a08' }),
  ],
  ['internal ports open to all', 'internal_auth', () => configured({ INTERNAL_AUTH: 'off' })],
  ['state that never expires', 'archive', () => configured({ DATABASE_URL: '' })],
  ['sign-in as anyone', 'sign_in', () => configured({ AUTH_MODE: 'dev' })],
  ['origins of a developer', 'cors', () => configured({ CORS_ORIGINS: 'http://localhost:5173' })],
  ['an origin without encryption', 'cors', () => configured({ CORS_ORIGINS: 'http://console.school.se' })],
  ['debug lines in production', 'log_level', () => configured({ LOG_LEVEL: 'debug' })],
  ['no limits', 'limits', () => configured({ RATE_LIMIT_STATUS_PER_MINUTE: '0' })],
  ['a gateway that calls itself', 'addresses', () => configured({ CONDUCTOR_URL: 'http://127.0.0.1:4001' })],
  ['a missing topic', 'kafka.topics', () => checkKafka(kafkaFacts({ without: TOPICS.phaseOutcome }), SPECS)],
  ['too few partitions', 'kafka.partitions', () => checkKafka(kafkaFacts({ topic: { partitions: 2 } }), SPECS)],
  [
    'more partitions than the others',
    'kafka.partitions_beyond',
    () => checkKafka(kafkaFacts({ topic: { partitions: 12 } }), SPECS),
  ],
  [
    'records that go before the state',
    'kafka.retention',
    () => checkKafka(kafkaFacts({ topicSettings: { 'retention.ms': '604800000' } }), SPECS),
  ],
  [
    'a limit by size',
    'kafka.retention_bytes',
    () => checkKafka(kafkaFacts({ topicSettings: { 'retention.bytes': '1000000' } }), SPECS),
  ],
  [
    'messages that do not fit',
    'kafka.message_size',
    () => checkKafka(kafkaFacts({ topicSettings: { 'max.message.bytes': '1000000' } }), SPECS),
  ],
  [
    'compaction where all records count',
    'kafka.compaction',
    () => checkKafka(kafkaFacts({ topicSettings: { 'cleanup.policy': 'compact' } }), SPECS),
  ],
  ['a single copy', 'kafka.copies', () => checkKafka(kafkaFacts({ topic: { copies: 1, inSync: 1 } }), SPECS)],
  ['a copy that lags', 'kafka.in_sync', () => checkKafka(kafkaFacts({ topic: { inSync: 2 } }), SPECS)],
  [
    'acknowledged by one only',
    'kafka.min_insync',
    () => checkKafka(kafkaFacts({ topicSettings: { 'min.insync.replicas': '1' } }), SPECS),
  ],
  [
    'more acknowledgements than copies',
    'kafka.unwritable',
    () => checkKafka(kafkaFacts({ topicSettings: { 'min.insync.replicas': '4' } }), SPECS),
  ],
  ['one broker', 'kafka.brokers', () => checkKafka(kafkaFacts({ brokers: 1 }), SPECS)],
  [
    'topics by typing error',
    'kafka.auto_create',
    () => checkKafka(kafkaFacts({ settings: { 'auto.create.topics.enable': 'true' } }), SPECS),
  ],
  [
    'unclean elections',
    'kafka.unclean_election',
    () => checkKafka(kafkaFacts({ settings: { 'unclean.leader.election.enable': 'true' } }), SPECS),
  ],
  [
    'offsets that go first',
    'kafka.offsets',
    () => checkKafka(kafkaFacts({ settings: { 'offsets.retention.minutes': '10080' } }), SPECS),
  ],
  ['an old Redis', 'redis.version', () => checkRedis(redisFacts({ redis_version: '6.2.14' }), NOW)],
  ['eviction', 'redis.eviction', () => checkRedis(redisFacts({ maxmemory_policy: 'allkeys-lru' }), NOW)],
  ['no append-only file', 'redis.persistence', () => checkRedis(redisFacts({ aof_enabled: '0' }), NOW)],
  ['a full disk', 'redis.disk', () => checkRedis(redisFacts({ aof_last_write_status: 'err' }), NOW)],
  ['memory that runs out', 'redis.memory', () => checkRedis(redisFacts({ used_memory: '900000' }), NOW)],
  ['memory without limit', 'redis.maxmemory', () => checkRedis(redisFacts({ maxmemory: '0' }), NOW)],
  ['a replica', 'redis.role', () => checkRedis(redisFacts({ role: 'slave' }), NOW)],
  [
    'a broken Cluster',
    'redis.cluster',
    () => checkRedis(redisFacts({ cluster_enabled: '1', cluster_state: 'fail' }), NOW),
  ],
  ['a user who may do everything', 'redis.acl', () => checkRedis(redisFacts({}, { dangerous: ['FLUSHALL'] }), NOW)],
  [
    'a user who may not do what is needed',
    'redis.acl_needed',
    () => checkRedis(redisFacts({}, { forbidden: ['EVALSHA'] }), NOW),
  ],
  ['an old Kafka', 'kafka.version', () => mayNot({ call: 65 })],
  ['a topic that is hidden from us', 'kafka.acl_describe', () => mayNot({ topic: [TOPICS.runChanged, 'describe'] })],
  ['a topic that we may not write', 'kafka.acl_write', () => mayNot({ topic: [TOPICS.nlpCommand, 'write'] })],
  ['a topic that we may not read', 'kafka.acl_read', () => mayNot({ topic: [TOPICS.phaseOutcome, 'read'] })],
  [
    'settings that we may not see',
    'kafka.acl_configs',
    () => mayNot({ topic: [TOPICS.phaseOutcome, 'describe_configs'] }),
  ],
  ['a group that we may not be in', 'kafka.acl_groups', () => mayNot({ group: 'read' })],
  [
    'topics that nobody of ours may create',
    'kafka.acl_create',
    () => mayNot({ missing: TOPICS.phaseOutcome, cluster: 'create' }),
  ],
  ['brokers that do not show their settings', 'kafka.acl_brokers', () => mayNot({ cluster: 'describe_configs' })],
  ['an old Postgres', 'database.version', () => archive({ version: 120_022 })],
  ['an archive whose tables we may not make', 'database.acl', () => archive({ mayCreate: false })],
  ['a clock of Postgres that differs', 'clock', () => archive({ clockMs: NOW + 90_000 })],
  ['clocks that differ', 'clock', () => checkRedis(redisFacts({}, { clockMs: NOW - 90_000 }), NOW)],
  ['a stranger at our port', 'ports', () => checkServices({ conductor: { state: 'other' } }, '1')],
  ['the wrong one of our services', 'ports', () => checkServices({ conductor: ours({ service: 'gateway' }) }, '1')],
  ['two versions', 'versions', () => checkServices({ conductor: ours({ version: '0.9' }) }, '1')],
  ['a service that is not ready', 'readiness', () => checkServices({ conductor: ours({ ready: false }) }, '1')],
]

describe('the doctor finds', () => {
  test.each(PLANTED)('%s (%s)', (_, check, plant) => {
    const findings = plant()
    expect(checksOf(findings)).toContain(check)
    for (const { problem, fix } of findings) expect([problem, fix].every((text) => text.length > 10)).toBe(true)
  })

  test('each of them by itself: no mistake sets off more than one check', () => {
    const loud = PLANTED.filter(([, , plant]) => new Set(checksOf(plant())).size !== 1).map(([name]) => name)
    // A single copy among three brokers also cannot hold two acknowledgements.
    expect(loud).toEqual(['a single copy'])
  })
})

describe('what listens at a port', () => {
  test.each([
    ['nothing', undefined, 'free'],
    ['a stranger', () => new Response('hello'), 'other'],
    ['a service of ours', () => Response.json({ service: 'conductor', version: '1' }), 'ours'],
  ] as const)('%s is told', async (_, answer, state) => {
    const server = answer && Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer })
    const port = server ? server.port : await freePort()
    expect((await inspectPort(`http://127.0.0.1:${port}`)).state).toBe(state)
    await server?.stop(true)
  })
})

describeKafka('topics on a real Kafka', (brokers) => {
  test('that are too small, of the wrong kind or missing are found', async () => {
    const prefix = uniquePrefix()
    const log = createKafkaLog({ brokers, clientId: 'test', prefix, logger: silent })
    const day = 86_400_000
    const base = { partitions: 1, retentionMs: day, maxMessageBytes: 1_048_588 }
    await log.ensureTopics([
      { name: TOPICS.phaseOutcome, ...base },
      { name: TOPICS.essaysReady, ...base, compacted: true },
    ])
    await log.close()
    const environment = { ...ENVIRONMENT, KAFKA_BROKERS: brokers.join(','), KAFKA_PREFIX: prefix }
    const findings = await examine({ environment, version: '1', logger: silent })
    expect(checksOf(findings)).toEqual(
      expect.arrayContaining([
        ...['kafka.topics', 'kafka.partitions', 'kafka.retention', 'kafka.message_size', 'kafka.compaction'],
        ...['kafka.brokers', 'redis.reachable'],
      ]),
    )
  }, 30_000)
})

test('what is asked for of Redis is all that our scripts call', async () => {
  const root = join(import.meta.dir, '../../..')
  const scripts = [...new Glob('{conductor,orchestrator,gateway,shared}/**/*.lua').scanSync(root)]
  const texts = await Promise.all(scripts.map((path) => Bun.file(join(root, path)).text()))
  const called = texts.flatMap((text) =>
    [...text.matchAll(/(?:redis\.p?call|in_chunks)\('(\w+)'/g)].map(([, name]) => name),
  )
  expect(new Set(called).size).toBeGreaterThan(25)
  expect([...new Set(called)].filter((name = '') => !NEEDED.includes(name))).toEqual([])
})

describeOwnEngines('a real Redis', (programs) => {
  test.each([
    ['may not run scripts', '~* &* +@all -@scripting', /no permissions to run the 'eval/],
    ['lacks commands', '~* &* +@all -@dangerous -hset -publish +info', /not: HSET, tell the channel p-changes$/],
    ['has other keys', '~other:* &* +@all -@dangerous +info', /no permissions to access one of the keys/],
    ['has other channels', '~* &other +@all -@dangerous +info', /tell the channel p-changes, listen to the channel/],
    ['may do what is needed', '~p-* &p-* +@all -@dangerous +info', undefined],
  ])(
    'whose user %s is found, and that alone',
    async (_, rules, problem) => {
      const args = ['--user', 'default', 'off', '--user', 'baton', 'on', '>a-password-of-redis', ...rules.split(' ')]
      const redis = await createRedisNode(await programs(), {
        args,
        signIn: { username: 'baton', password: 'a-password-of-redis' },
      })
      try {
        await redis.start()
        const access = { REDIS_USERNAME: 'baton', REDIS_PASSWORD: 'a-password-of-redis', REDIS_PREFIX: 'p-' }
        const environment = {
          ...ENVIRONMENT,
          ...access,
          REDIS_URL: redis.address,
          KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
        }
        const found = (await examine({ environment, version: '1', logger: silent })).filter(({ check }) =>
          /redis\.(acl|reach)/.test(check),
        )
        expect(found.map(({ check }) => check)).toEqual(problem ? ['redis.acl_needed'] : [])
        if (problem) expect(found[0]?.problem).toMatch(problem)
      } finally {
        await redis.dispose()
      }
    },
    20_000,
  )

  test('that evicts, keeps nothing and lets everybody do everything is found, by the command itself', async () => {
    const args = ['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no', '--maxmemory', '0']
    const redis = await createRedisNode(await programs(), { args })
    const folder = await mkdtemp(join(tmpdir(), 'baton-doctor-'))
    try {
      await redis.start()
      const environment = { ...ENVIRONMENT, KAFKA_BROKERS: `127.0.0.1:${await freePort()}`, REDIS_URL: redis.address }
      const command = [process.execPath, join(import.meta.dir, '../../../ops/doctor/main.ts')]
      const { code, text } = await output(
        command,
        Object.fromEntries(Object.entries(environment).map(([k, v]) => [k, v ?? ''])),
      )
      expect(code).toBe(1)
      for (const check of ['redis.eviction', 'redis.persistence', 'redis.maxmemory', 'redis.acl', 'kafka.reachable'])
        expect(text).toContain(`  ${check}: `)
      expect(text).toMatch(/^\d+ wrong, \d+ warning\(s\)$/m)
    } finally {
      await redis.dispose()
      await rm(folder, { recursive: true })
    }
  }, 30_000)
})
