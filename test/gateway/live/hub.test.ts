import { expect, test } from 'bun:test'
import { createHub } from '../../../gateway/live/hub.ts'
import type { NewerAnswer } from '../../../shared/contracts/http/snapshots.ts'
import { PassingError } from '../../../shared/errors.ts'
import { createEmbeddedChangeFeed } from '../../../shared/store/changes/embedded.ts'
import { change } from '../../shared/store/changes/contract.ts'
import { recordingLogger } from '../../support/silent.ts'
import { batchSnapshot, testTime } from './support.ts'

/** A hub over a conductor that a test plays. */
const open = () => {
  const time = testTime()
  const logger = recordingLogger()
  const feed = createEmbeddedChangeFeed({ logger })
  const revisions = new Map<string, number>()
  const asked: (readonly { readonly batch_id: string; readonly revision: number }[])[] = []
  let trouble: (() => Error) | undefined
  const catchingUp = new Set<string>()
  let coalesced = 0
  const answer = ({ batch_id, revision }: { batch_id: string; revision: number }): NewerAnswer => {
    const current = revisions.get(batch_id)
    if (catchingUp.has(batch_id)) return { state: 'catching_up', batch_id }
    if (current === undefined) return { state: 'unknown', batch_id }
    if (current <= revision) return { state: 'unchanged', batch_id }
    return { state: 'newer', batch_id, user_id: 'ada', org_id: null, snapshot: batchSnapshot(batch_id, current) }
  }
  const hub = createHub({
    async newer(batches) {
      asked.push(batches)
      if (trouble) throw trouble()
      return batches.map(answer)
    },
    logger,
    coalesced(count) {
      coalesced += count
    },
    clock: time.clock,
    later: time.later,
    rereadMs: 5_000,
  })
  hub.start()
  feed.subscribe(hub)
  const watch = (batchId: string) => {
    const told: (string | number)[] = []
    const caused: string[] = []
    const end = hub.watch(batchId, {
      snapshot({ revision, causes = [] }) {
        told.push(revision)
        caused.push(...causes.map(({ traceparent }) => `${revision} ${traceparent}`))
      },
      hold: (reason) => void told.push(reason),
      live: (revision) => void told.push(`live ${revision}`),
      unknown: () => void told.push('unknown'),
    })
    return { told, caused, end }
  }
  const commit = (batchId: string, revision: number, { lost = false, traceparent = '' } = {}) => {
    revisions.set(batchId, revision)
    const cause = traceparent === '' ? undefined : { correlationId: 'c', traceparent }
    if (!lost) feed.publish([{ ...change(batchId, revision), cause }])
  }
  return {
    ...time,
    hub,
    feed,
    logger,
    asked,
    catchingUp,
    revisions,
    watch,
    commit,
    coalesced: () => coalesced,
    fail: (error: (() => Error) | undefined) => {
      trouble = error
    },
  }
}

test('one read for a changed batch, however many watch it; each is told, and who comes later at once', async () => {
  const at = open()
  at.commit('b', 1)
  const watchers = Array.from({ length: 100 }, () => at.watch('b'))
  await at.pass(0)
  expect(at.asked).toEqual([[{ batch_id: 'b', revision: 0 }]])
  await at.pass(200)
  at.commit('b', 2)
  await at.pass(50)
  expect(at.asked.length).toBe(2)
  for (const { told } of watchers) expect(told).toEqual([1, 2])
  expect(at.watch('b').told).toEqual([2])
})

test('changes in a row are at most ten snapshots a second, and the last is told', async () => {
  const at = open()
  at.commit('b', 1)
  const { told } = at.watch('b')
  for (let n = 2; n <= 500; n++) {
    at.commit('b', n)
    await at.pass(2)
  }
  await at.pass(200)
  expect(told.at(-1)).toBe(500)
  expect(told.length).toBeLessThanOrEqual(12)
  expect(at.coalesced()).toBeGreaterThan(450)
})

test('a change without a notice is seen within the time of a second look, and a lost connection to the feed is one look', async () => {
  const at = open()
  at.commit('b', 1)
  const { told } = at.watch('b')
  await at.pass(100)
  at.commit('b', 2, { lost: true })
  await at.pass(4_000)
  expect(told).toEqual([1])
  await at.pass(1_600)
  expect(told).toEqual([1, 2])
})

test('the first snapshot that shows a change says what caused it, to those who were there', async () => {
  const at = open()
  at.commit('b', 1)
  const { caused } = at.watch('b')
  await at.pass(100)
  for (let n = 2; n <= 5; n++) at.commit('b', n, { traceparent: `trace ${n}` })
  await at.pass(200)
  expect(caused).toEqual([2, 3, 4, 5].map((n) => `5 trace ${n}`))
  const late = at.watch('b')
  at.commit('b', 6)
  await at.pass(200)
  expect([late.told, late.caused, caused.length]).toEqual([[5, 6], [], 4])
  // A batch that nobody can read just now keeps only so many.
  at.catchingUp.add('b')
  for (let n = 7; n < 100; n++) at.commit('b', n, { traceparent: `trace ${n}` })
  await at.pass(1_000)
  at.catchingUp.delete('b')
  await at.pass(1_000)
  expect(late.caused).toEqual([92, 93, 94, 95, 96, 97, 98, 99].map((n) => `99 trace ${n}`))
})

test('notices of what nobody watches, or of what is known already, cost nothing', async () => {
  const at = open()
  at.commit('b', 1)
  const { told, end } = at.watch('b')
  await at.pass(100)
  at.feed.publish([change('b', 1), change('other', 7)])
  await at.pass(100)
  expect(at.asked.length).toBe(1)
  end()
  at.commit('b', 2)
  await at.pass(60_000)
  expect(at.asked.length).toBe(1)
  expect(told).toEqual([1])
})

test('while a bucket catches up its batches are held, once, and go on where they were or with what is newer', async () => {
  const at = open()
  at.commit('b', 5)
  const { told } = at.watch('b')
  await at.pass(100)
  at.catchingUp.add('b')
  at.commit('b', 6)
  await at.pass(3_000)
  expect(told).toEqual([5, 'catching_up'])
  expect(at.watch('b').told).toEqual([5, 'catching_up'])
  at.catchingUp.delete('b')
  await at.pass(700)
  expect(told).toEqual([5, 'catching_up', 6])
  at.catchingUp.add('b')
  at.feed.publish([change('b', 7)])
  await at.pass(200)
  at.catchingUp.delete('b')
  await at.pass(700)
  expect(told).toEqual([5, 'catching_up', 6, 'catching_up', 'live 6'])
})

test('a batch that was known and is not any more is held, and never told in an older state', async () => {
  const at = open()
  at.commit('b', 5)
  const { told } = at.watch('b')
  await at.pass(100)
  at.revisions.delete('b')
  at.feed.publish([change('b', 6)])
  await at.pass(100)
  at.commit('b', 3)
  await at.pass(5_000)
  expect(told).toEqual([5, 'catching_up', 'live 5'])
})

test('a conductor that is away holds all that is read, and is asked until it is back; a bug is logged', async () => {
  const at = open()
  at.commit('b', 1)
  const { told } = at.watch('b')
  await at.pass(100)
  at.fail(() => new PassingError('conductor', 'ECONNREFUSED'))
  at.commit('b', 2)
  await at.pass(2_000)
  expect(told).toEqual([1, 'unavailable'])
  at.fail(() => new Error('cannot be read'))
  await at.pass(1_000)
  expect(at.logger.lines.some(({ level }) => level === 'error')).toBe(true)
  at.fail(undefined)
  await at.pass(700)
  expect(told).toEqual([1, 'unavailable', 2])
})

test('a batch that nobody knows yet is looked for until it is there', async () => {
  const at = open()
  const { told } = at.watch('b')
  await at.pass(2_000)
  expect(told).toEqual(['unknown'])
  at.commit('b', 1, { lost: true })
  await at.pass(700)
  expect(told).toEqual(['unknown', 1])
})

test('once stopped it reads nothing', async () => {
  const at = open()
  at.watch('b')
  await at.pass(0)
  at.hub.stop()
  const before = at.asked.length
  at.commit('b', 1)
  await at.pass(60_000)
  expect(at.asked.length).toBe(before)
})
