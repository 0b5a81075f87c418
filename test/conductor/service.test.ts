import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { LETTERS_GROUP } from '../../conductor/dead-letters/consumer.ts'
import { createRedisDeadLetters } from '../../conductor/dead-letters/redis.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { LettersPage } from '../../shared/contracts/http/dead-letters.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { batchId } from '../../shared/ids.ts'
import { deadLetterOf } from '../../shared/log/dead-letter.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { describeEngines, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { AT, provisioned, registered, spellchecked } from './messages.ts'
import { conductorOf, define, headers, type Parts, status } from './running.ts'
import { embeddedStore, redisForTests } from './state/support.ts'

/** What the conductor does with a log and a store, whichever they are. */
const conductorContract = (create: () => Promise<Parts>): void => {
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  const start = async (count = 1) => {
    const parts = await create()
    undo.push(() => parts.log.close())
    const topics = Object.values(TOPICS)
    await parts.log.ensureTopics(topicSpecs({ topics, partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
    const started = await Promise.all(
      Array.from({ length: count }, async () => {
        const one = conductorOf(parts)
        await one.start()
        undo.push(() => one.stop())
        return one
      }),
    )
    const [one = conductorOf(parts)] = started
    return { ...parts, one, started }
  }

  test('a plan rests on all that its caller has seen published', async () => {
    const { log, one } = await start()
    const essays = ['e1', 'e2', 'e3']
    for (const n of [1, 2, 3]) {
      const id = batchId(`b-${n}`)
      const after = await log.publish([
        spellchecked(id, 'e2'),
        registered(id, essays),
        provisioned(id, essays),
        spellchecked(id, 'e1'),
      ])
      const plan = await until(() => define(one, id, after), { timeoutMs: 10_000, what: 'the events' })
      expect(plan.plan.map(({ phase, reason, essay_count }) => [phase, reason, essay_count])).toEqual([
        ['spellcheck', 'not_complete', 1],
        ['nlp', 'not_started', 3],
      ])
    }
  }, 60_000)

  test('a plan waits for what was published, in bounded time, and its essays are read at its own facts or not at all', async () => {
    const { log, one } = await start()
    const id = batchId('b-1')
    const after = await log.publish([registered(id, ['e1', 'e2']), provisioned(id, ['e1', 'e2'])])
    const plan = await until(() => define(one, id, after), { timeoutMs: 15_000, what: 'the group to have been joined' })
    const page = () =>
      one.app.request(`/internal/v1/batches/${id}/essays?plan=${encodeURIComponent(plan.plan_token)}`, { headers })
    expect(await (await page()).json()).toMatchObject({ essays: [{ essay_id: 'e1' }, { essay_id: 'e2' }] })

    const [last] = await log.publish([spellchecked(id, 'e1')])
    if (!last) throw new Error('it was published')
    await until(() => define(one, id, [last]), { timeoutMs: 10_000, what: 'the event' })
    const outdated = await page()
    expect(outdated.status).toBe(409)
    expect(await outdated.json()).toMatchObject({ code: 'CONFLICT', reason: 'plan_outdated' })

    const neverComes = { ...last, offset: last.offset + 1_000 }
    await expect(define(one, id, [neverComes])).rejects.toThrow('CATCHING_UP')
  }, 40_000)

  test('a malformed message becomes a dead letter, and those around it are projected', async () => {
    const { log, one } = await start()
    const id = batchId('b-1')
    const letters: string[] = []
    const tail = await log.consume(
      { group: 'test-letters', topics: [dlqOf(TOPICS.essaysRegistered)] },
      async (records) => {
        for (const { value } of records) letters.push(new TextDecoder().decode(value ?? new Uint8Array()))
      },
    )
    undo.push(() => tail.stop())
    const broken = { topic: TOPICS.essaysRegistered, key: id, value: 'not json', headers: {} }
    await log.publish([broken, registered(id, ['e1']), { ...broken, value: '{}' }])
    await until(() => letters.length === 2, { timeoutMs: 10_000, what: 'two dead letters' })
    expect(letters.map((letter) => JSON.parse(letter).dlq_reason).sort()).toEqual(['envelope_invalid', 'not_json'])
    await until(async () => (await status(one, id))?.details.essay_count === 1, {
      timeoutMs: 10_000,
      what: 'the batch',
    })
  }, 30_000)

  test('a dead letter is listed, and once it is redriven its record counts', async () => {
    const { log, one } = await start()
    const id = batchId('b-1')
    const { topic, key, value, headers: sent } = registered(id, ['e1', 'e2'])
    const bytes = (text: string | Uint8Array) => new TextEncoder().encode(String(text))
    const record = {
      topic,
      partition: 1,
      offset: 7,
      key: bytes(String(key)),
      value: bytes(value),
      headers: sent,
      timestamp: AT,
    }
    const dead = { record, reason: 'handler_failed', error: 'a bug', service: SENDERS.conductor, at: AT } as const
    await log.publish([deadLetterOf(dead), deadLetterOf(dead)])
    const list = async (state: string) => {
      const response = await one.app.request(`/internal/v1/dead-letters?batch_id=b-1&state=${state}`, { headers })
      return LettersPage.parse(await response.json()).letters
    }
    await until(async () => (await list('open')).length > 0, { timeoutMs: 10_000, what: 'the letter' })
    expect(await list('open')).toMatchObject([{ topic, reason: 'handler_failed', redrivable: true }])
    const body = JSON.stringify({ filter: { batch_id: 'b-1' }, dry_run: false })
    await one.app.request('/internal/v1/dead-letters/redrive', { method: 'POST', headers, body })
    expect(await list('open')).toEqual([])
    await until(async () => (await status(one, id))?.details.essay_count === 2, {
      timeoutMs: 10_000,
      what: 'the batch',
    })
  }, 30_000)

  test('every bucket is marked with what is applied, also of partitions in which nothing came', async () => {
    const { log, one, markers } = await start()
    const id = batchId('b-1')
    const [position] = await log.publish([registered(id, ['e1'])])
    await until(() => status(one, id), { timeoutMs: 10_000, what: 'the batch' })
    const read = async (field: string) => (await markers.read([17]))[0]?.get(field)
    const field = `${FACTS_GROUP}|${TOPICS.essaysRegistered}|${position?.partition}`
    await until(async () => (await read(field)) === 1, { timeoutMs: 10_000, what: 'the marker to move' })
    const idle = `${FACTS_GROUP}|${TOPICS.phaseOutcome}|1`
    await until(async () => (await read(idle)) === 0, { timeoutMs: 10_000, what: 'the marker of an idle partition' })
  }, 30_000)

  test('two members share the work, and one that stops loses nothing', async () => {
    const { log, started } = await start(2)
    const [first, second] = started
    if (!first || !second) throw new Error('two were started')
    const ids = Array.from({ length: 20 }, (_, n) => batchId(`b-${n}`))
    await log.publish(ids.slice(0, 10).map((id) => registered(id, ['e1'])))
    await first.stop()
    await log.publish(ids.slice(10).map((id) => registered(id, ['e1'])))
    await until(async () => (await Promise.all(ids.map((id) => status(second, id)))).every(Boolean), {
      timeoutMs: 20_000,
      what: 'all 20 batches',
    })
  }, 40_000)

  test('readiness tells what is wrong with the store, and follows the consumer', async () => {
    const { one } = await start()
    await until(() => one.ready(), { timeoutMs: 10_000, what: 'the consumer to join' })
    const complete = async () => {
      const answer = await one.app.request('/readyz')
      const text = await answer.text()
      return answer.ok && !text.includes('catching up') ? JSON.parse(text) : undefined
    }
    expect(await until(complete, { timeoutMs: 20_000, what: 'every bucket to be complete' })).toMatchObject({
      status: 'ready',
      dependencies: { store: { warnings: ['appendonly is off'] }, consumer: { status: 'ready' } },
    })
    await one.stop()
    expect((await one.app.request('/readyz')).status).toBe(503)
    expect(await (await one.app.request('/metrics')).text()).toContain('bcs_pipeline_resolutions_total')
  }, 30_000)
}

describe('the conductor on the embedded engines', () => {
  conductorContract(async () => {
    const { store, markers } = embeddedStore()
    const { store: deadLetters } = embeddedLetters(markers)
    return { store, markers, deadLetters, log: createEmbeddedLog({ path: ':memory:', logger: silent }) }
  })
})

describeEngines('the conductor on Kafka and Redis', ({ brokers, redisUrl }) => {
  const redis = redisForTests(redisUrl)
  afterAll(() => redis.close())
  conductorContract(async () => {
    const prefix = uniquePrefix()
    return {
      log: createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 }),
      store: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      markers: createRedisMarkers({ redis, prefix }),
      deadLetters: createRedisDeadLetters({ redis, prefix, group: LETTERS_GROUP, retentionMs: 86_400_000 }),
    }
  })
})
