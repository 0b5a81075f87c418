import fc from 'fast-check'
import {
  batchContent,
  batchRegistered,
  type EventFacts,
  essayFailed,
  essayProvisioned,
  essayRefused,
  essaySucceeded,
  type Fact,
  runBook,
} from '../../../conductor/state/facts.ts'
import { type BatchId, batchId, essayId } from '../../../shared/ids.ts'
import { bookOf, origin, registration } from './support.ts'

/** Few names and few moments, so that everything meets everything. */
export const BATCHES = ['b1', '}x'].map(batchId)
export const ESSAYS = ['e1', 'e2', '', '}å"\u0000'].map(essayId)
const PHASES = ['spellcheck', 'nlp', 'student_matching']

const anEssay = fc.constantFrom(...ESSAYS)
const aPhase = fc.constantFrom(...PHASES)
const aValue = fc.constantFrom(null, 'v1', 'v2', 'å \\ "', '"},"s":"x","phase:nlp":["1|')

const factsOf = (at: number, n: number, id: BatchId): fc.Arbitrary<readonly Fact[]> => {
  const from = origin(at, n)
  return fc.oneof(
    fc
      .uniqueArray(anEssay, { minLength: 1 })
      .map((ids) => [batchRegistered(registration({ userId: `u${n}`, registeredAt: at }), ids, from)]),
    fc
      .constantFrom('provisioned' as const, 'ready' as const, 'failed' as const)
      .map((news) => [batchContent(news, from)]),
    fc.tuple(anEssay, fc.constantFrom('t1', 't2')).map(([essay, text]) => [essayProvisioned(essay, from, text)]),
    anEssay.map((essay) => [essayRefused(essay, from, `refused ${n}`)]),
    fc.tuple(anEssay, aPhase, aValue).map(([essay, phase, text]) => [essaySucceeded(essay, phase, from, text)]),
    fc
      .tuple(anEssay, aPhase, aValue)
      .map(([essay, phase, errorCode]) => [essayFailed(essay, phase, from, { errorCode })]),
    // A batch outcome: some essays succeeded, the others failed, and an essay may be named as both.
    fc
      .tuple(fc.subarray([...ESSAYS]), fc.subarray([...ESSAYS]), aPhase)
      .map(([good, bad, phase]) => [
        ...good.map((essay) => essaySucceeded(essay, phase, from, null)),
        ...bad.map((essay) => essayFailed(essay, phase, from, { listed: true })),
      ]),
    fc.constant([runBook(bookOf(id, String(1_795_496_612_641_300 + at), { user_id: `u${at}` }))]),
  )
}

export interface Heard {
  readonly batchId: BatchId
  readonly event: EventFacts
}

const anEvent = (n: number): fc.Arbitrary<Heard> =>
  fc
    .tuple(fc.constantFrom(...BATCHES), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 }))
    .chain(([id, at, partition]) =>
      factsOf(at, n, id).map((facts) => ({
        batchId: id,
        event: { partition: `t|${partition}`, offset: n, facts },
      })),
    )

/** Some events, and an order of delivery in fetches, with repeats and without regard to when they were made. */
export const aHistory = (events: number): fc.Arbitrary<readonly (readonly Heard[])[]> =>
  fc
    .integer({ min: 1, max: events })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => anEvent(n))))
    .chain((all) =>
      fc.array(fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 6 }), { maxLength: all.length }),
    )

/** One fetch, and after how many of its transitions the consumer crashes at the first try; then the fetch comes again. */
export interface Delivery {
  readonly fetch: readonly Heard[]
  readonly crashAfter: number | undefined
}

/** About 100 events, delivered many times over, with crashes between any two steps. */
export const aLongHistory: fc.Arbitrary<readonly Delivery[]> = fc
  .tuple(...Array.from({ length: 60 }, (_, n) => anEvent(n)))
  .chain((all) =>
    fc.array(
      fc.record({
        fetch: fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 12 }),
        crashAfter: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
      }),
      { minLength: 12, maxLength: 18 },
    ),
  )
