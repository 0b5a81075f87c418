import { expect, test } from 'bun:test'
import { createFeed } from '../../../../shared/log/kafka/feed.ts'
import type { LogRecord } from '../../../../shared/log/port.ts'
import { silent } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

const MB = 1_024 * 1_024

/** A feed whose handler has a first record in hand and waits with it until it is let go, and what it told the consumer. */
const setUp = async (maxFetchRecords: number) => {
  const told: string[] = []
  const gate = Promise.withResolvers<void>()
  let begun = 0
  let handled = 0
  const feed = createFeed({
    topic: 't',
    partition: 0,
    maxFetchRecords,
    logger: silent,
    async handler(records) {
      begun += records.length
      await gate.promise
      handled += records.length
    },
    heartbeat: async () => {},
    commit() {},
    commitRewound: async () => {},
    start: async () => 0,
    fetchFrom() {},
    pause: () => void told.push('pause'),
    resume: () => void told.push(`resume after ${handled}`),
  })
  let next = 0
  const push = (count: number, bytes: { readonly value?: number; readonly key?: number } = {}) =>
    feed.push(
      Array.from({ length: count }, (): LogRecord => {
        const [key, value] = [new Uint8Array(bytes.key ?? 1), new Uint8Array(bytes.value ?? 1)]
        return { topic: 't', partition: 0, offset: next++, key, value, headers: {}, timestamp: 0 }
      }),
    )
  push(1)
  await until(() => begun === 1, { timeoutMs: 5_000, what: 'the first record to be in hand' })
  return {
    feed,
    told,
    push,
    /** Lets the handler go, until everything is handled. */
    async finish() {
      gate.resolve()
      await until(() => feed.position()?.offset === next, { timeoutMs: 5_000, what: 'everything to be handled' })
      await feed.stop()
    },
  }
}

test('a partition is paused while four fetches of records wait, and goes on when one is left', async () => {
  const { told, push, finish } = await setUp(10)
  push(39)
  expect(told).toEqual([])
  push(1)
  expect(told).toEqual(['pause'])
  await finish()
  expect(told).toEqual(['pause', 'resume after 21'])
})

test.each(['value', 'key'] as const)('so it is by a few records whose %s is large', async (part) => {
  const { told, push, finish } = await setUp(5_000)
  push(31, { [part]: MB / 2 })
  expect(told).toEqual([])
  push(1, { [part]: MB / 2 })
  push(1)
  expect(told).toEqual(['pause'])
  await finish()
  expect(told).toEqual(['pause', 'resume after 1'])
})

test('it does not go on while a few large ones are left', async () => {
  const { told, push, finish } = await setUp(2)
  push(6, { value: 4 * MB })
  expect(told).toEqual(['pause'])
  await finish()
  expect(told).toEqual(['pause', 'resume after 5'])
})

test('the bytes of what was forgotten no longer count', async () => {
  const { feed, told, push, finish } = await setUp(5_000)
  push(4, { value: 4 * MB })
  feed.restart()
  expect(told).toEqual(['pause', 'resume after 0'])
  push(3, { value: 4 * MB })
  expect(told).toHaveLength(2)
  await finish()
})
