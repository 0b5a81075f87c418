import fc from 'fast-check'
import type { RunStore, Transitioned } from '../../../orchestrator/runs/port.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { setPaused } from '../support.ts'
import { type Step, stepOf, take } from './histories.ts'
import { createMemoryRunStore } from './memory-store.ts'
import { expectSound, must } from './sound.ts'

export const START = 1_795_496_612_641_300

/** Half of them begin with a run under way, so that its middle and end are reached often. */
export const histories: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc.array(stepOf, { minLength: 1, maxLength: 40 }),
  fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) }),
      fc.array(stepOf, { minLength: 1, maxLength: 30 }),
    )
    .map(([plan, paused, steps]): Step[] => [
      { what: 'register', regular: false },
      { what: 'content', kind: 'ready', offset: 0 },
      { what: 'request', id: 0, user: 0, correlation: 0, late: false, long: false },
      ...(paused === null ? [] : [{ what: 'pause' as const, phase: paused }]),
      { what: 'start', id: 0, plan },
      ...steps,
      ...(paused === null ? [] : [{ what: 'resume' as const, phase: paused }]),
    ]),
)

/** A store and the clock that it reads, microseconds since 1970: one history at a time is played on it. */
export interface Lane {
  readonly store: RunStore
  readonly clock: { now: number }
}

/** Plays a history of one batch on the reducers alone, and on another store beside them, which must do the same. */
export const play = async (steps: readonly Step[], other?: Lane, seen?: Map<string, number>): Promise<void> => {
  const clock = other?.clock ?? { now: START }
  const stores = [createMemoryRunStore(() => clock.now), ...(other ? [other.store] : [])]
  const id = batchId(`}x-${randomId()}`)
  const lasts: (Transitioned | undefined)[] = stores.map(() => undefined)
  const count = (name: string): void => void seen?.set(name, (seen.get(name) ?? 0) + 1)
  clock.now = START
  for (const [index, step] of steps.entries()) {
    clock.now += 1_000_000
    const now = Math.floor(clock.now / 1_000)
    const answers = await Promise.all(stores.map((store, i) => take(store, id, step, index, now, lasts[i])))
    const [first, second] = answers
    if (!first) throw new Error('no store')
    if (second) must(Bun.deepEquals(second, first), `step ${index} differs from the model`, { second, first })
    expectSound(first, lasts[0])
    count(first.reply)
    if (first.book.pending?.doubted_at) count('doubted')
    for (const run of first.book.runs) count(`run ${run.status}`)
    for (const [i, answer] of answers.entries()) lasts[i] = answer
  }
  // Asked only where something was paused: it is a call to each of 256 buckets.
  if (steps.some(({ what }) => what === 'pause'))
    for (const store of stores)
      for (const { phase, paused } of await store.pauses()) if (paused) await setPaused(store, phase, false)
  clock.now += 3_600_000_000
  for (const store of stores) await expectTimers(store, id, lasts[0])
}

/** Whatever waits has a timer, so that nobody needs to remember it, and nothing else has. */
const expectTimers = async (store: RunStore, id: ReturnType<typeof batchId>, last: Transitioned | undefined) => {
  const active = last?.book.runs.at(-1)?.phases ?? []
  const { timers } = await store.due(bucketOf(id), 'me', 1_000, 10_000)
  const kinds = new Set(timers.filter(({ batchId: owner }) => owner === id).map(({ kind }) => kind))
  const waiting = {
    wait: (last?.book.pending ?? null) !== null,
    deadline: active.some(({ status }) => status === 'running'),
    held: active.some(({ paused }) => paused),
    outbox: (last?.book.outbox.length ?? 0) > 0,
  }
  for (const [kind, waits] of Object.entries(waiting))
    must([...kinds].some((one) => one === kind) === waits, `the timer for ${kind} is wrong`, { waiting, timers })
}

/**
 * Plays so many histories on these lanes, one after the other on each: lanes do not wait for each other, so a store's round
 * trips overlap. Rejects with the seed and the shortest history that fails, among those that were played.
 */
export const playOn = async (
  lanes: readonly Lane[],
  { seed, count, seen }: { readonly seed: number; readonly count: number; readonly seen?: Map<string, number> },
): Promise<void> => {
  const all = fc.sample(histories, { seed, numRuns: count })
  const failures: { readonly steps: readonly Step[]; readonly thrown: unknown }[] = []
  const next = all.values()
  await Promise.all(
    lanes.map(async (lane) => {
      for (const steps of next) await play(steps, lane, seen).catch((thrown) => failures.push({ steps, thrown }))
    }),
  )
  const [shortest] = failures.toSorted((a, b) => a.steps.length - b.steps.length)
  if (!shortest) return
  const what = `${failures.length} of ${count} histories fail (seed ${seed}); the shortest: ${JSON.stringify(shortest.steps)}`
  throw new Error(what, { cause: shortest.thrown })
}
