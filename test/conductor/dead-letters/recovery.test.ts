import { afterEach, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import { z } from 'zod'
import { LETTERS_GROUP } from '../../../conductor/dead-letters/consumer.ts'
import { createRedisDeadLetters } from '../../../conductor/dead-letters/redis.ts'
import { FACTS_GROUP } from '../../../conductor/service.ts'
import { createRedisBatchStore } from '../../../conductor/state/redis.ts'
import { BUCKETS } from '../../../shared/buckets.ts'
import { LetterDetail, LettersPage, RedriveResponse } from '../../../shared/contracts/http/dead-letters.ts'
import { SENDERS } from '../../../shared/contracts/senders.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { deadLetterOf } from '../../../shared/log/dead-letter.ts'
import { createKafkaLog } from '../../../shared/log/kafka/log.ts'
import { readToEnd } from '../../../shared/log/read-to-end.ts'
import { redriveOf } from '../../../shared/log/redriven.ts'
import { topicSpecs } from '../../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { installEngines } from '../../engines/install.ts'
import { createRedisNode } from '../../engines/redis.ts'
import { describeKafka, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { createSwitchboard } from '../../support/switchboard.ts'
import { until } from '../../support/until.ts'
import { AT } from '../messages.ts'
import { conductorOf, headers } from '../running.ts'
import { deadRecord } from './support.ts'

const Problem = z.object({ code: z.string() })
const PATH = '/internal/v1/dead-letters'
const LIMIT = { timeoutMs: 45_000 }
const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

describeKafka('an index of dead letters whose Redis loses everything', (brokers) => {
  /** A node of the test's own. */
  const ownRedis = async (args: readonly string[] = []) => {
    const node = await createRedisNode(await installEngines(() => {}), { args })
    undo.push(() => node.dispose())
    await node.start()
    const admin = new Admin(node.address)
    undo.push(() => admin.close())
    return { node, admin, port: Number(new URL(node.address).port) }
  }

  /** A conductor on the real Kafka and this Redis. */
  const start = async (url: string) => {
    const prefix = uniquePrefix()
    const log = createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 })
    undo.push(() => log.close())
    const topics = Object.values(TOPICS)
    await log.ensureTopics(topicSpecs({ topics, partitions: 1, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
    const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
    undo.push(() => redis.close())
    const markers = createRedisMarkers({ redis, prefix })
    const one = conductorOf({
      log,
      markers,
      store: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      deadLetters: createRedisDeadLetters({ redis, prefix, group: LETTERS_GROUP, retentionMs: 10 ** 12 }),
    })
    undo.push(() => one.stop())
    await one.start()
    const call = (path: string, body?: unknown) =>
      one.app.request(
        PATH + path,
        body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
      )
    const list = async () => LettersPage.parse(await (await call('')).json()).letters
    const verdictsRead = async (count: number) => {
      const field = `${LETTERS_GROUP}|${TOPICS.deadLetterDecided}|0`
      const all = Array.from({ length: BUCKETS }, (_, n) => n)
      await until(async () => (await markers.read(all)).some((at) => at.get(field) === count), {
        ...LIMIT,
        what: 'the verdicts to be read from the log',
      })
    }
    return { log, one, call, list, verdictsRead }
  }

  const letterOf = (topic: string, offset: number) =>
    deadLetterOf({
      record: deadRecord(topic, offset, 'not json'),
      reason: 'not_json',
      error: `letter ${offset}`,
      service: SENDERS.conductor,
      at: AT + offset,
    })

  test('is filled again from the log by itself, verdicts included, and shows nobody a part of it', async () => {
    const { node, admin } = await ownRedis()
    const { log, one, call, list: letters, verdictsRead } = await start(node.address)
    await log.publish(
      [1, 2, 3, 4].map((n) => letterOf(n % 2 ? TOPICS.essaysReady : TOPICS.phaseOutcome, n)),
      LIMIT,
    )
    await until(async () => (await letters()).length === 4, { ...LIMIT, what: 'the letters' })
    const four = (await letters()).map(({ letter_id }) => letter_id)
    const [first = '', second = '', third = ''] = four
    await call(`/${first}/park`, {})
    await call('/redrive', { letter_ids: [second], dry_run: false })
    // The one that is redriven may have died anew by now.
    const before = (await letters()).filter(({ letter_id }) => four.includes(letter_id))
    expect(before.map(({ state }) => state)).toEqual(['parked', 'redriven', 'open', 'open'])
    // What was redriven is no JSON still, and dies anew.
    await until(async () => (await letters()).length === 5, { ...LIMIT, what: 'the letter of the redriven record' })
    const whole = await letters()
    await verdictsRead(2)

    await admin.send('FLUSHALL', [])
    const refused: string[] = []
    const healed = await until(
      async () => {
        const answers = await Promise.all([call(''), call(`/${third}`), call('/groups')])
        for (const answer of answers.filter(({ ok }) => !ok))
          refused.push(`${answer.status} ${Problem.parse(await answer.json()).code}`)
        return answers[0]?.ok ? LettersPage.parse(await answers[0].json()).letters : undefined
      },
      { ...LIMIT, intervalMs: 1, what: 'the list to be shown again' },
    )
    expect([...new Set(refused)]).toEqual(['503 CATCHING_UP'])
    expect(healed).toEqual(whole)
    await until(async () => (await call(`/${third}`)).ok, { ...LIMIT, what: 'a letter to be shown again' })
    expect(LetterDetail.parse(await (await call(`/${third}`)).json()).letter['raw']).toBe(btoa('not json'))
    const again = await call('/redrive', { letter_ids: [second], dry_run: false })
    expect(RedriveResponse.parse(await again.json()).counts).toEqual({ already_redriven: 1 })
    await until(async () => !(await (await one.app.request('/readyz')).text()).includes('catching up'), {
      ...LIMIT,
      what: 'readiness to say that all is there',
    })
  }, 120_000)

  test('by a failover to a replica that lags ends right, and nothing is redriven twice', async () => {
    const master = await ownRedis()
    const replica = await ownRedis(['--replicaof', '127.0.0.1', String(master.port)])
    const offsetOf = async ({ admin }: typeof master) => {
      const text = String(await admin.send('INFO', ['replication']))
      return /(?:slave|master)_repl_offset:(\d+)/.exec(text)?.[1]
    }
    const board = await createSwitchboard(master.port)
    undo.push(() => board.close())
    const { log, one, call, list, verdictsRead } = await start(`redis://127.0.0.1:${board.port}`)
    const topic = TOPICS.essaysReady
    await log.publish(
      [1, 2, 3, 4].map((n) => letterOf(topic, n)),
      LIMIT,
    )
    await until(async () => (await list()).length === 4, { ...LIMIT, what: 'the letters' })
    const [first = '', second = '', third = ''] = (await list()).map(({ letter_id }) => letter_id)
    await call(`/${first}/park`, {})
    await verdictsRead(1)
    await until(async () => (await offsetOf(replica)) === (await offsetOf(master)), { ...LIMIT, what: 'the replica' })

    // From here on the replica lags; what follows is acknowledged by the master alone, and lost.
    await replica.admin.send('REPLICAOF', ['NO', 'ONE'])
    await log.publish(
      [5, 6].map((n) => letterOf(topic, n)),
      LIMIT,
    )
    await call('/redrive', { letter_ids: [second], dry_run: false })
    await call(`/${third}/park`, {})
    await verdictsRead(3)
    // What was redriven is no JSON still, and dies anew.
    await until(async () => (await list()).length === 7, { ...LIMIT, what: 'all letters' })
    const whole = await list()
    expect(whole.filter(({ state }) => state !== 'open').map(({ state }) => state)).toEqual([
      'parked',
      'redriven',
      'parked',
    ])
    board.connect(replica.port)
    await master.node.kill()

    const refused = new Set<string>()
    await until(
      async () => {
        const answer = await call('')
        if (answer.ok) return Bun.deepEquals(LettersPage.parse(await answer.json()).letters, whole)
        refused.add(`${answer.status} ${Problem.parse(await answer.json()).code}`)
        return false
      },
      { ...LIMIT, intervalMs: 1, what: 'the list to be as it was' },
    )
    expect([...refused].filter((one) => !/^503 (CATCHING_UP|SERVICE_UNAVAILABLE)$/.test(one))).toEqual([])
    const again = await call('/redrive', { letter_ids: [second], dry_run: false })
    expect(RedriveResponse.parse(await again.json()).counts).toEqual({ already_redriven: 1 })
    const everything = await call('/redrive', { filter: { topic, state: 'parked' }, dry_run: true })
    expect(RedriveResponse.parse(await everything.json()).counts).toEqual({ would_be_redriven: 2 })
    const sent: string[] = []
    await readToEnd({ log, topics: [topic] }, async (records) => {
      for (const record of records) sent.push(redriveOf(record.headers)?.id ?? 'not redriven')
    })
    expect(sent).toHaveLength(1)
    expect(sent).not.toContain('not redriven')
    await until(async () => !(await (await one.app.request('/readyz')).text()).includes('catching up'), {
      ...LIMIT,
      what: 'readiness to say that all is there',
    })
  }, 120_000)
})
