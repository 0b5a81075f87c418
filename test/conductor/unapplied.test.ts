import { describe, expect, test } from 'bun:test'
import { createUnapplied } from '../../conductor/unapplied.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import type { LogRecord, Position } from '../../shared/log/port.ts'

const NOW = 1_770_106_530_000
const record = (partition: number, offset: number, secondsAgo: number): LogRecord => ({
  ...{ topic: 't', partition, offset, key: null, value: null, headers: {} },
  timestamp: NOW - secondsAgo * 1_000,
})
const applied = (partition: number, offset: number): Position => ({ topic: 't', partition, offset })

const { nlp, spellchecker } = SENDERS

/** In hand: of partition 0 offsets 5 to 7, of partition 1 offset 3. */
const inHand = () => {
  const unapplied = createUnapplied()
  const [a, b, c] = [record(0, 5, 20), record(0, 6, 50), record(0, 7, 10)]
  unapplied.fetched([a, b, c])
  unapplied.sentBy(a, spellchecker)
  unapplied.sentBy(b, nlp)
  unapplied.sentBy(c, nlp)
  const other = record(1, 3, 90)
  unapplied.fetched([other])
  unapplied.sentBy(other, nlp)
  return unapplied
}
const agesOf = (unapplied: ReturnType<typeof inHand>, at: readonly Position[], now = NOW) =>
  Object.fromEntries(unapplied.ages(at, now))

describe('the age of the oldest event that is not applied', () => {
  test('is told by who sent it, over all partitions', () => {
    expect(agesOf(inHand(), [applied(0, 5), applied(1, 3)])).toEqual({ [spellchecker]: 20, [nlp]: 90 })
  })

  test('grows with the clock that is given, while nothing is applied', () => {
    expect(agesOf(inHand(), [applied(0, 5)], NOW + 60_000)).toEqual({ [spellchecker]: 80, [nlp]: 110 })
  })

  test('is gone once the fetch is applied, or the partition is somebody else’s', () => {
    expect(agesOf(inHand(), [applied(0, 8), applied(1, 3)])).toEqual({ [nlp]: 90 })
    expect(agesOf(inHand(), [applied(0, 8), applied(1, 4)])).toEqual({})
    expect(agesOf(inHand(), [])).toEqual({})
  })

  test('is that of the next fetch, not of the one before', () => {
    const unapplied = inHand()
    const next = record(0, 8, 2)
    unapplied.fetched([next])
    unapplied.sentBy(next, spellchecker)
    expect(agesOf(unapplied, [applied(0, 8)])).toEqual({ [spellchecker]: 2 })
  })

  test('is never below nothing, although the log’s clock is ahead', () => {
    expect(agesOf(inHand(), [applied(0, 5)], NOW - 60_000)).toEqual({ [spellchecker]: 0, [nlp]: 0 })
  })

  test('is since it was first seen where a partition has more and nothing of it comes', () => {
    const unapplied = inHand()
    const at = (offset: number, lag: number | undefined) => [{ ...applied(0, offset), lag }]
    expect(agesOf(unapplied, at(8, 3))).toEqual({ unfetched: 0 })
    expect(agesOf(unapplied, at(8, 9), NOW + 60_000)).toEqual({ unfetched: 60 })
    expect(agesOf(unapplied, at(9, 8), NOW + 61_000)).toEqual({ unfetched: 0 })
    const next = record(0, 9, 5)
    unapplied.fetched([next])
    unapplied.sentBy(next, nlp)
    expect(agesOf(unapplied, at(9, 8))).toEqual({ [nlp]: 5 })
    expect(agesOf(unapplied, at(10, 7), NOW + 90_000)).toEqual({ unfetched: 0 })
    expect(agesOf(unapplied, at(10, 0), NOW + 99_000)).toEqual({})
    expect(agesOf(unapplied, at(10, undefined), NOW + 99_000)).toEqual({})
  })

  test('counts a sender that nobody knows, or that cannot be read, as other', () => {
    const unapplied = createUnapplied()
    const [a, b] = [record(0, 0, 3), record(0, 1, 4)]
    unapplied.fetched([a, b])
    unapplied.sentBy(a, '4848e3a5-d5b1-4c67-972f-7fd205078a55')
    unapplied.sentBy(b, undefined)
    expect(agesOf(unapplied, [applied(0, 0)])).toEqual({ other: 4 })
  })
})
