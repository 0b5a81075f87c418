import { afterEach, beforeEach, expect, test } from 'bun:test'
import { MalformedError, PassingError } from '../../../shared/errors.ts'
import { DeadLetter } from '../../../shared/log/dead-letter.ts'
import type { EventLog, FetchHandler, LogRecord, OutgoingMessage, Subscription } from '../../../shared/log/port.ts'
import { createProcessor } from '../../../shared/log/processor.ts'
import { maxMessageBytesFor, topicSpecs } from '../../../shared/log/topic-specs.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

/** One side of the port, ready to be tried: `open` gives another member or client of the same log each time. */
export interface Side {
  open(): Promise<EventLog>
  /** As if the process that has it was killed: nothing is finished, nothing is committed. */
  crash(log: EventLog): Promise<void>
  dispose(): Promise<void>
}

const PARTITIONS = 4
const LIMIT = { timeoutMs: 20_000 }

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array())
const message = (topic: string, key: string | null, value: string): OutgoingMessage => ({
  topic,
  key,
  value,
  headers: { event_id: value },
})
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))

/** Behaviour that both logs owe to what is built on them. */
export const logContract = (prepare: () => Promise<Side>): void => {
  let side: Side
  let log: EventLog
  let topic: string

  beforeEach(async () => {
    side = await prepare()
    log = await side.open()
    topic = `topic-${crypto.randomUUID().slice(0, 8)}`
    const spec = { partitions: PARTITIONS, retentionMs: 3_600_000, maxMessageBytes: 100_000 }
    await log.ensureTopics([
      { ...spec, name: topic },
      { ...spec, name: `${topic}.DLQ`, maxMessageBytes: 200_000 },
    ])
  })

  afterEach(() => side.dispose())

  /** Collects the values of a topic as a group of its own. */
  const collect = async (group: string, from: EventLog = log, of = topic) => {
    const seen: LogRecord[] = []
    const subscription = await from.consume({ group, topics: [of] }, async (records) => void seen.push(...records))
    return { seen, values: () => seen.map(({ value }) => text(value)), subscription }
  }

  test('what was acknowledged is read back, bytes, key, headers and position', async () => {
    const value = new Uint8Array([0, 255, 10, 195, 40])
    const [position] = await log.publish([{ topic, key: 'clé', value, headers: { a: 'ö' } }])
    const { seen } = await collect('g')
    await until(() => seen.length === 1, { ...LIMIT, what: 'the record' })
    expect(seen[0]).toMatchObject({ ...position, headers: { a: 'ö' } })
    expect(new Uint8Array(seen[0]?.value ?? [])).toEqual(value)
    expect(text(seen[0]?.key ?? null)).toBe('clé')
    expect(Math.abs((seen[0]?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  test('positions come in the order of the messages and count up in each partition', async () => {
    const all = await Promise.all(
      numbers(40).map((n) => log.publish([message(topic, `k${n}`, n), message(topic, `k${n}`, n)])),
    )
    const flat = all.flat()
    const offsets = new Map<number, number[]>()
    for (const { partition, offset } of flat) offsets.set(partition, [...(offsets.get(partition) ?? []), offset])
    for (const list of offsets.values()) expect([...list].sort((a, b) => a - b)).toEqual(list.map((_, index) => index))
    const { seen } = await collect('g')
    await until(() => seen.length === 80, { ...LIMIT, what: 'all records' })
    const valueAt = new Map(seen.map((record) => [`${record.partition}|${record.offset}`, text(record.value)]))
    for (const [n, positions] of all.entries())
      for (const { partition, offset } of positions) expect(valueAt.get(`${partition}|${offset}`)).toBe(String(n))
  })

  test('messages of one key keep their order, whatever else is published', async () => {
    const { seen } = await collect('g')
    for (const n of numbers(30)) await Promise.all(['a', 'b', 'c'].map((key) => log.publish([message(topic, key, n)])))
    await until(() => seen.length === 90, { ...LIMIT, what: 'all records' })
    for (const key of ['a', 'b', 'c'])
      expect(seen.filter((record) => text(record.key) === key).map(({ value }) => text(value))).toEqual(numbers(30))
  })

  test('two groups each see everything, from the earliest record on', async () => {
    await log.publish(numbers(20).map((n) => message(topic, n, n)))
    const [one, two] = await Promise.all([collect('one'), collect('two')])
    await until(() => one.seen.length === 20 && two.seen.length === 20, { ...LIMIT, what: 'both groups' })
    expect(new Set(one.values())).toEqual(new Set(numbers(20)))
    expect(new Set(two.values())).toEqual(new Set(numbers(20)))
  })

  test('members of a group share the partitions; when one joins or leaves nothing is lost', async () => {
    const first = await collect('g')
    const other = await side.open()
    const publish = (from: number) => log.publish(numbers(20).map((n) => message(topic, n, String(from + Number(n)))))
    await publish(0)
    const second = await collect('g', other)
    await publish(20)
    const owned = () => [first, second].map(({ subscription }) => subscription.applied().length)
    await until(() => owned().every((count) => count > 0) && owned().reduce((a, b) => a + b) === PARTITIONS, {
      ...LIMIT,
      what: 'both members to own partitions',
    })
    await publish(40)
    await first.subscription.stop()
    await publish(60)
    const all = () => new Set([...first.values(), ...second.values()])
    await until(() => all().size === 80, { ...LIMIT, what: 'all records' })
    expect(all()).toEqual(new Set(numbers(80)))
  }, 40_000)

  test('after a crash before the commit the records come again, in another member', async () => {
    const doomed = await side.open()
    const started = Promise.withResolvers<void>()
    await doomed.consume({ group: 'g', topics: [topic] }, async (_, { signal }) => {
      started.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new Error('taken away')
    })
    await log.publish([message(topic, 'k', 'once')])
    await started.promise
    await side.crash(doomed)
    log = await side.open()
    const { values } = await collect('g')
    await until(() => values().length > 0, { ...LIMIT, what: 'the record to come again' })
    expect(values()).toEqual(['once'])
  }, 40_000)

  test('a slow partition does not stop the others', async () => {
    const gate = Promise.withResolvers<void>()
    const seen: string[] = []
    await log.consume({ group: 'g', topics: [topic], maxFetchRecords: 1 }, async (records) => {
      const value = text(records[0]?.value ?? null)
      if (value === 'slow') await gate.promise
      seen.push(value)
    })
    const [slow] = await log.publish([message(topic, 'slow', 'slow')])
    const positions = await log.publish(numbers(50).map((n) => message(topic, n, n)))
    const elsewhere = positions.filter(({ partition }) => partition !== slow?.partition).length
    await until(() => seen.length === elsewhere, { ...LIMIT, what: 'the other partitions' })
    expect(seen).not.toContain('slow')
    gate.resolve()
    await until(() => seen.length === 51, { ...LIMIT, what: 'the slow partition' })
  })

  test('a fetch that was rejected comes again, and nothing behind it before', async () => {
    const calls: string[][] = []
    await log.publish(numbers(6).map((n) => message(topic, 'k', n)))
    await log.consume({ group: 'g', topics: [topic], maxFetchRecords: 2 }, async (records) => {
      calls.push(records.map(({ value }) => text(value)))
      if (calls.length <= 2) throw new Error('not now')
    })
    await until(() => calls.flat().at(-1) === '5', { ...LIMIT, what: 'the last record' })
    expect(calls).toEqual([
      ['0', '1'],
      ['0', '1'],
      ['0', '1'],
      ['2', '3'],
      ['4', '5'],
    ])
  })

  test('stopping finishes what is in hand and commits it, and begins nothing new', async () => {
    const entered = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const seen: string[] = []
    await log.publish(numbers(4).map((n) => message(topic, 'k', n)))
    const subscription = await log.consume({ group: 'g', topics: [topic], maxFetchRecords: 1 }, async (records) => {
      entered.resolve()
      await gate.promise
      seen.push(...records.map(({ value }) => text(value)))
    })
    await entered.promise
    const stopped = subscription.stop()
    gate.resolve()
    await stopped
    expect(seen).toEqual(['0'])
    const { values } = await collect('g')
    await until(() => values().length === 3, { ...LIMIT, what: 'the rest' })
    expect(values()).toEqual(['1', '2', '3'])
  })

  test('a member tells what it has applied and how far behind it is, of idle partitions too', async () => {
    const positions = await log.publish(numbers(10).map((n) => message(topic, 'k', n)))
    const { subscription } = await collect('g')
    await until(
      () => subscription.applied().length === PARTITIONS && subscription.lag().every(({ lag }) => lag === 0),
      {
        ...LIMIT,
        what: 'everything to be applied',
      },
    )
    const busy = positions[0]?.partition
    for (const { partition, offset } of subscription.applied()) expect(offset).toBe(partition === busy ? 10 : 0)
    expect(subscription.ready()).toBe(true)
  })

  test('all partitions of a topic are known, whoever owns them', async () => {
    const found = await log.partitions([topic])
    expect(found.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3])
    expect(new Set(found.map((at) => at.topic))).toEqual(new Set([topic]))
  })

  test('a partition that is rewound comes again from there, in order and without a gap; the others go on', async () => {
    const positions = await log.publish(numbers(1_200).map((n) => message(topic, n, n)))
    const { seen, subscription } = await collect('g')
    await until(() => seen.length === 1_200, { ...LIMIT, what: 'all records' })
    const partition = positions[0]?.partition ?? 0
    await subscription.rewind({ topic, partition, offset: 7 })
    const more = await log.publish(numbers(40).map((n) => message(topic, n, `more ${n}`)))
    const within = [...positions, ...more].filter((at) => at.partition === partition).length
    await until(() => seen.length === 1_240 + positions.filter((at) => at.partition === partition).length - 7, {
      ...LIMIT,
      what: 'the records to come again',
    })
    const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset)
    const upTo = (first: number, end: number) => Array.from({ length: end - first }, (_, index) => first + index)
    expect(offsets).toEqual([...upTo(0, offsets.lastIndexOf(7)), ...upTo(7, within)])
    expect(subscription.applied().find((at) => at.partition === partition)?.offset).toBe(within)
  })

  test('a rewind before the earliest record that is left begins with that', async () => {
    await log.publish(numbers(3).map((n) => message(topic, 'k', n)))
    const { seen, subscription } = await collect('g')
    await until(() => seen.length === 3, { ...LIMIT, what: 'all records' })
    const partition = seen[0]?.partition ?? 0
    await subscription.rewind({ topic, partition, offset: 0 })
    await until(() => seen.length === 6, { ...LIMIT, what: 'the records to come again' })
    expect(seen.map(({ offset }) => offset)).toEqual([0, 1, 2, 0, 1, 2])
    await subscription.rewind({ topic, partition: PARTITIONS, offset: 0 })
  })

  test('a rewind aborts what is in hand, and that does not count', async () => {
    await log.publish(numbers(4).map((n) => message(topic, 'k', n)))
    const calls: string[][] = []
    const subscription = await log.consume(
      { group: 'g', topics: [topic], maxFetchRecords: 2 },
      async (records, { signal }) => {
        calls.push(records.map(({ value }) => text(value)))
        if (calls.length !== 2) return
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw new Error('aborted')
      },
    )
    await until(() => calls.length === 2, { ...LIMIT, what: 'the second fetch' })
    const partition = subscription.applied().find(({ offset }) => offset === 2)?.partition ?? -1
    await subscription.rewind({ topic, partition, offset: 1 })
    await until(() => calls.flat().at(-1) === '3' && calls.length > 2, { ...LIMIT, what: 'the last record' })
    expect(calls).toEqual([['0', '1'], ['2', '3'], ['1', '2'], ['3']])
  })

  test('a rewind is remembered: another member goes on from there', async () => {
    await log.publish(numbers(4).map((n) => message(topic, 'k', n)))
    let hold = false
    const subscription = await log.consume({ group: 'g', topics: [topic] }, async (_, { signal }) => {
      if (hold) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (hold) throw new Error('aborted')
    })
    const done = () => subscription.applied().find(({ offset }) => offset === 4)
    const { partition } = await until(done, { ...LIMIT, what: 'all records' })
    hold = true
    await subscription.rewind({ topic, partition, offset: 1 })
    await subscription.stop()
    const { values } = await collect('g')
    await until(() => values().length === 3, { ...LIMIT, what: 'the rest' })
    expect(values()).toEqual(['1', '2', '3'])
  })

  test('where commits are asked for, nothing else is committed; the last one is made when it stops', async () => {
    const consume = () => log.consume({ group: 'g', topics: [topic], commit: 'asked' }, async () => {})
    await log.publish(numbers(4).map((n) => message(topic, 'k', n)))
    const first = await consume()
    const { partition } = await until(() => first.applied().find(({ offset }) => offset === 4), {
      ...LIMIT,
      what: 'all records',
    })
    await first.commit([{ topic, partition, offset: 2 }])
    await first.stop()
    const offsetOf = (one: Subscription) => one.applied().find((at) => at.partition === partition)?.offset
    const gate = Promise.withResolvers<void>()
    const second = await log.consume({ group: 'g', topics: [topic], commit: 'asked' }, () => gate.promise)
    await until(() => offsetOf(second) === 2, { ...LIMIT, what: 'the committed offset' })
    gate.resolve()
    await until(() => offsetOf(second) === 4, { ...LIMIT, what: 'the rest' })
    await second.stop(() => second.commit(second.applied()))
    const third = await consume()
    await until(() => offsetOf(third) === 4, { ...LIMIT, what: 'the last commit' })
    expect(third.lag().find((at) => at.partition === partition)?.lag).toBe(0)
  })

  test('one message that is too large is refused alone', async () => {
    const large = message(topic, 'k', 'x'.repeat(300_000))
    const [bad, good] = await Promise.allSettled([log.publish([large]), log.publish([message(topic, 'k', 'small')])])
    expect(bad.status === 'rejected' && bad.reason).toBeInstanceOf(MalformedError)
    expect(good.status).toBe('fulfilled')
    const { values } = await collect('g')
    await until(() => values().length === 1, { ...LIMIT, what: 'the small one' })
    expect(values()).toEqual(['small'])
  })

  const process = (handle: (values: readonly string[]) => Promise<void>, publish = log.publish): FetchHandler =>
    createProcessor<string>({
      service: 'test_service',
      decode(record) {
        const value = text(record.value)
        if (value.startsWith('bad') || value.startsWith('{'))
          throw new MalformedError('not_json', `${value.slice(0, 9)} is wrong`)
        return value
      },
      handle: (items) => handle(items.map(({ value }) => value)),
      log: { publish },
      logger: silent,
      metrics: { deadLettered() {}, held() {} },
      pause: { baseMs: 1, capMs: 5 },
    })

  test('malformed records become dead letters with their bytes; the good ones around them are handled together', async () => {
    const handled: string[][] = []
    await log.publish(['1', 'bad-2', '3'].map((value) => message(topic, 'k', value)))
    await log.consume(
      { group: 'g', topics: [topic] },
      process(async (values) => void handled.push([...values])),
    )
    const letters = await collect('letters', log, `${topic}.DLQ`)
    await until(() => handled.flat().length === 2 && letters.seen.length === 1, { ...LIMIT, what: 'both kinds' })
    expect(handled.flat()).toEqual(['1', '3'])
    const letter = DeadLetter.parse(JSON.parse(letters.values()[0] ?? ''))
    expect(Buffer.from(letter.raw ?? '', 'base64').toString()).toBe('bad-2')
    expect(letter).toMatchObject({ dlq_reason: 'not_json', service: 'test_service', source: { topic, offset: 1 } })
  })

  test('malformed records that are as large as their topic allows become dead letters too, with all their bytes', async () => {
    const wide = `${topic}-wide`
    const specs = topicSpecs({ topics: [wide], partitions: 1, stateExpiryMs: 3_600_000, maxBatchEssays: 1 })
    await log.ensureTopics(specs)
    const room = maxMessageBytesFor(1) - 500
    const values = [JSON.stringify({ metadata: 'x'.repeat(room - 20) }), 'bad'.padEnd(room, 'x'), 'good']
    for (const value of values) await log.publish([{ topic: wide, key: 'k', value, headers: {} }])
    const handled: string[] = []
    await log.consume(
      { group: 'g', topics: [wide] },
      process(async (good) => void handled.push(...good)),
    )
    const letters = await collect('letters', log, `${wide}.DLQ`)
    await until(() => handled.length === 1 && letters.seen.length === 2, { ...LIMIT, what: 'all three' })
    const raw = letters.values().map((letter) => DeadLetter.parse(JSON.parse(letter)).raw ?? '')
    expect(raw.map((bytes) => Buffer.from(bytes, 'base64').toString()).toSorted()).toEqual(
      values.slice(0, 2).toSorted(),
    )
  }, 30_000)

  test('a passing failure holds the partition as long as it lasts, and then everything is handled in order', async () => {
    const handled: string[] = []
    let failures = 0
    const subscription = await log.consume(
      { group: 'g', topics: [topic] },
      process(async (values) => {
        if (failures < 12) {
          failures += 1
          throw new PassingError('redis', 'LOADING')
        }
        handled.push(...values)
      }),
    )
    await log.publish(numbers(5).map((n) => message(topic, 'k', n)))
    await until(() => handled.length === 5, { ...LIMIT, what: 'all records' })
    expect(handled).toEqual(numbers(5))
    expect(failures).toBe(12)
    await subscription.stop()
  })

  test('any other failure is tried a few times, and only the guilty record becomes a dead letter', async () => {
    const handled = new Set<string>()
    let tries = 0
    await log.publish(numbers(5).map((n) => message(topic, 'k', n)))
    await log.consume(
      { group: 'g', topics: [topic] },
      process(async (values) => {
        if (values.includes('2')) {
          if (values.length === 1) tries += 1
          throw new Error('a bug')
        }
        for (const value of values) handled.add(value)
      }),
    )
    const letters = await collect('letters', log, `${topic}.DLQ`)
    await until(() => handled.size === 4 && letters.seen.length === 1, { ...LIMIT, what: 'the dead letter' })
    expect(DeadLetter.parse(JSON.parse(letters.values()[0] ?? ''))).toMatchObject({
      dlq_reason: 'handler_failed',
      error: 'a bug',
    })
    expect(tries).toBe(3)
    expect([...handled].sort()).toEqual(['0', '1', '3', '4'])
  })

  test('while the dead letter cannot be written the offset is not committed', async () => {
    let refusals = 0
    let subscription: Subscription | undefined
    const publish: EventLog['publish'] = async (messages) => {
      refusals += 1
      expect(subscription?.applied().some(({ offset }) => offset > 0) ?? false).toBe(false)
      if (refusals <= 5) throw new PassingError('kafka', 'the log is down')
      return log.publish(messages)
    }
    await log.publish([message(topic, 'k', 'bad')])
    subscription = await log.consume(
      { group: 'g', topics: [topic] },
      process(async () => {}, publish),
    )
    const letters = await collect('letters', log, `${topic}.DLQ`)
    await until(() => letters.seen.length === 1, { ...LIMIT, what: 'the dead letter' })
    await until(() => subscription?.applied().some(({ offset }) => offset === 1), { ...LIMIT, what: 'the commit' })
  })
}
