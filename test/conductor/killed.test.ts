import { afterEach, expect, test } from 'bun:test'
import { FACTS_GROUP } from '../../conductor/service.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createProgramPool } from '../e2e/process.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { BATCHES, ESSAYS, expectEqualToModel, publisherTo, type Undo } from './load.ts'
import { provisioned, registered, spellchecked } from './messages.ts'
import { embeddedStore, redisForTests } from './state/support.ts'

const programs = createProgramPool()
const undo: Undo = []
afterEach(async () => {
  await programs.endAll()
  for (const step of undo.splice(0).reverse()) await step()
})

describeEngines('two conductors under load', ({ brokers, redisUrl }) => {
  test('of which one and then the other is killed with -9 lose nothing', async () => {
    const prefix = uniquePrefix()
    const log = createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 })
    undo.push(() => log.close())
    const topics = Object.values(TOPICS)
    await log.ensureTopics(topicSpecs({ topics, partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
    const redis = redisForTests(redisUrl)
    undo.push(() => redis.close())
    const model = embeddedStore()
    const store = createRedisBatchStore({ redis, prefix, group: FACTS_GROUP })
    const publish = publisherTo(log, model)

    const start = async () => {
      const port = await freePort()
      const program = programs.start('conductor/main.ts', {
        KAFKA_BROKERS: brokers.join(),
        KAFKA_PREFIX: prefix,
        REDIS_URL: redisUrl,
        REDIS_PREFIX: prefix,
        CONDUCTOR_PORT: String(port),
        INTERNAL_AUTH: 'off',
        TOPIC_PARTITIONS: '2',
        ENVIRONMENT: 'test',
      })
      const answers = () => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok)
      await until(answers, { timeoutMs: 30_000, what: 'a conductor to listen' })
      return program
    }
    const [one, other] = await Promise.all([start(), start()])
    const load = async (from: number, to: number) => {
      for (const id of BATCHES.slice(from, to)) {
        await publish([spellchecked(id, 'e2'), registered(id, ESSAYS), provisioned(id, ESSAYS)])
        await publish([spellchecked(id, 'e1'), spellchecked(id, 'e3')])
      }
    }
    await load(0, 10)
    await Promise.all([one.end('SIGKILL'), load(10, 20)])
    const third = await start()
    await Promise.all([other.end('SIGKILL'), load(20, BATCHES.length)])
    await until(() => expectEqualToModel({ store, model }).then(() => true), {
      timeoutMs: 60_000,
      what: 'the state to be equal to the model',
      intervalMs: 200,
    })
    expect(await third.end('SIGTERM')).toBe(0)
  }, 120_000)
})
