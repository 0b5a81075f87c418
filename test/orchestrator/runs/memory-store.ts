import { applyTransition } from '../../../orchestrator/runs/model/apply.ts'
import type { Book } from '../../../orchestrator/runs/model/book.ts'
import { HELD_US } from '../../../orchestrator/runs/model/draft.ts'
import type { OutboxEntry } from '../../../orchestrator/runs/model/outbox-entry.ts'
import { newestOf, type Pause } from '../../../orchestrator/runs/model/pause.ts'
import type { RunStore, Timer, TimerKind } from '../../../orchestrator/runs/port.ts'
import { transitionsOver } from '../../../orchestrator/runs/transitions/index.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import type { BatchId } from '../../../shared/ids.ts'

/** The reducers over plain maps: nothing but the model, so that very many histories can be played. */
export const createMemoryRunStore = (clock: () => number): RunStore => {
  const books = new Map<BatchId, Book>()
  const outboxes = new Map<BatchId, readonly OutboxEntry[]>()
  const timers = new Map<BatchId, Map<TimerKind, number>>()
  const pauses = new Map<string, Pause>()
  const timersOf = (id: BatchId) => {
    const own = timers.get(id) ?? new Map<TimerKind, number>()
    timers.set(id, own)
    return own
  }
  const until = (bucket: number, latest: number): Timer[] =>
    [...timers]
      .filter(([id]) => bucketOf(id) === bucket)
      .flatMap(([batchId, own]) => [...own].map(([kind, due]) => ({ kind, batchId, due })))
      .filter(({ due }) => due <= latest)
      .sort((a, b) => a.due - b.due)

  return {
    ...transitionsOver(async (id, transition) => {
      const paused = new Set([...pauses.values()].flatMap((pause) => (pause.paused ? [pause.phase] : [])))
      const { reply, book, added, timers: set, kept } = applyTransition(books.get(id), id, clock(), paused, transition)
      const waiting = new Set(book.outbox)
      const entries = [...(outboxes.get(id) ?? []), ...added].filter(({ seq }) => waiting.has(seq))
      books.set(id, book)
      outboxes.set(id, entries)
      const own = timersOf(id)
      for (const [kind, due] of set)
        if (due === null) own.delete(kind)
        else own.set(kind, due)
      for (const [kind, due] of kept) if (!own.has(kind)) own.set(kind, due)
      return { reply, book, entries }
    }),
    async read(id) {
      const book = books.get(id)
      return book && { reply: 'noted', book, entries: outboxes.get(id) ?? [] }
    },
    due: async (bucket) => ({ lost: false, timers: until(bucket, clock()) }),
    timers: async (bucket) => until(bucket, HELD_US),
    async setPauses(news) {
      for (const pause of news) {
        if (pause.offset <= (pauses.get(pause.phase)?.offset ?? -1)) continue
        pauses.set(pause.phase, pause)
        if (!pause.paused) for (const own of timers.values()) if (own.get('held') === HELD_US) own.set('held', clock())
      }
    },
    pauses: async () => newestOf(pauses.values()),
    // Nothing goes to an archive: it is what the others are held against.
    aged: async () => [],
    async postpone() {},
    shelve: async () => false,
    async recall() {},
    restoreShelved: async () => false,
    restoring: async () => new Map(),
    async revive() {},
    async forget() {},
    async ping() {},
  }
}
