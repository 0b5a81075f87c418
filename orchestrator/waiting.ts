import { BUCKETS } from '../shared/buckets.ts'
import type { Waiting } from '../shared/contracts/http/orchestrator.ts'
import { dateTimeOf } from '../shared/contracts/wire.ts'
import { type BatchId, batchId } from '../shared/ids.ts'
import { activeRun, type Book } from './runs/model/book.ts'
import type { RunStore, Timer, TimerKind } from './runs/port.ts'

export interface WaitingDeps {
  readonly store: Pick<RunStore, 'timers' | 'read'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Something that waits, with its times as numbers. */
interface Item extends Omit<Waiting, 'since' | 'until' | 'overdue' | 'batch_id' | 'advice'> {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly until: number | null
}

const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
/** Timers of one bucket that are looked at, and books that one answer reads at most. */
const PER_BUCKET = 1_000
const MOST_BOOKS = 2_000
/** The sweeper looks every second: what is due for longer than this is not being swept. */
const OVERDUE_MS = 10_000

/** Looks at what waits, from the timers: whatever waits has one. */
export const createWaiting = ({ store, clock }: WaitingDeps) => {
  const allTimers = async (): Promise<readonly Timer[]> =>
    (await Promise.all(ALL.map((bucket) => store.timers(bucket, PER_BUCKET)))).flat()

  return {
    /** What has waited for at least so many milliseconds, the oldest first. */
    async list(olderThanMs: number, limit: number): Promise<{ waiting: Waiting[]; truncated: boolean }> {
      const now = clock()
      const timers = await allTimers()
      const ids = [...new Set(timers.map(({ batchId }) => batchId))]
      const books = new Map<BatchId, Book>()
      for (const found of await Promise.all(ids.slice(0, MOST_BOOKS).map((id) => store.read(id))))
        if (found) books.set(batchId(found.book.batch_id), found.book)
      const items = timers
        .flatMap((timer) => {
          const book = books.get(timer.batchId)
          return book
            ? ITEMS[timer.kind](book, timer.due / 1_000, now).map((item) => ({ ...item, batchId: timer.batchId }))
            : []
        })
        .filter(({ since }) => now - since >= olderThanMs)
        .sort((a, b) => a.since - b.since)
      const waiting = items.slice(0, limit).map(
        ({ batchId, since, until, ...item }): Waiting => ({
          batch_id: batchId,
          ...item,
          since: dateTimeOf(since),
          until: until === null ? null : dateTimeOf(until),
          overdue: until !== null && now - until > OVERDUE_MS,
          advice: ADVICE[item.waits_for],
        }),
      )
      return { waiting, truncated: items.length > limit || ids.length > MOST_BOOKS }
    },

    /** How much of each kind waits, and how much of it should have been swept. For the metrics. */
    async counts(): Promise<readonly { kind: TimerKind; count: number; overdue: number }[]> {
      const now = clock()
      const timers = await allTimers()
      return KINDS.map((kind) => {
        const some = timers.filter((timer) => timer.kind === kind)
        return { kind, count: some.length, overdue: some.filter(({ due }) => now - due / 1_000 > OVERDUE_MS).length }
      })
    },
  }
}
export type WaitingList = ReturnType<typeof createWaiting>

const KINDS: readonly TimerKind[] = ['outbox', 'wait', 'deadline', 'held']

/** What helps, in the words of whom a run belongs to: the calls are in `fix`. */
const ADVICE: Readonly<Record<Waiting['waits_for'], string>> = {
  phase_outcome:
    'The specialist has not answered. The run ends by itself at the deadline and can be retried; or cancel it.',
  phase_resume: 'Operations hold this phase back. The run goes on by itself once they resume it; or cancel it.',
  content: 'The content of the essays has not come. The request is refused when its time is over; or cancel it.',
  plan: 'The request could not be planned yet. That is tried again by itself; or cancel it.',
  publication: 'The log has not taken it yet. That is tried again by itself.',
}

const cancelOf = (book: Book) => ({
  method: 'POST' as const,
  path: `/internal/v1/batches/${encodeURIComponent(book.batch_id)}/cancel`,
})

/** What each kind of timer stands for. */
const ITEMS: Readonly<Record<TimerKind, (book: Book, due: number, now: number) => readonly Item[]>> = {
  deadline(book) {
    const run = activeRun(book)
    const open = run?.phases.filter(({ status }) => status === 'running') ?? []
    return open.map(({ phase, commanded_at, deadline_at }) => ({
      run_id: run?.run_id ?? null,
      waits_for: 'phase_outcome' as const,
      phase,
      since: commanded_at ?? 0,
      until: deadline_at,
      fix: cancelOf(book),
    }))
  },
  held(book) {
    const run = activeRun(book)
    const ends = run?.phases.flatMap(({ completed_at }) => completed_at ?? []) ?? []
    const held = run?.phases.filter(({ paused }) => paused) ?? []
    return held.map(({ phase }) => ({
      run_id: run?.run_id ?? null,
      waits_for: 'phase_resume' as const,
      phase,
      since: Math.max(run?.started_at ?? 0, ...ends),
      until: null,
      fix: { method: 'POST' as const, path: `/internal/v1/phases/${encodeURIComponent(phase)}/resume` },
    }))
  },
  wait(book, due) {
    const request = book.requests.find(({ request_id }) => request_id === book.pending?.request_id)
    if (!request) return []
    const waits_for = request.verdict === 'planning' ? ('plan' as const) : ('content' as const)
    return [{ run_id: null, waits_for, phase: null, since: request.received_at, until: due, fix: cancelOf(book) }]
  },
  /** Said as soon as the log takes it: only time and operations help. */
  outbox(_book, due, now) {
    if (due > now) return []
    return [{ run_id: null, waits_for: 'publication', phase: null, since: due, until: due, fix: null }]
  },
}
