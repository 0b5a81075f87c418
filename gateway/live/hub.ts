import type { NewerAnswer } from '../../shared/contracts/http/snapshots.ts'
import { asError, PassingError } from '../../shared/errors.ts'
import type { Cause, ChangeListener } from '../../shared/store/changes/port.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { createCoalescer, type Later } from './coalescer.ts'
import type { HoldReason } from './frames.ts'
import { createSnapshot, MAX_CAUSES, type Snapshot } from './snapshot.ts'

/** Told of one batch. After a `hold` comes a `snapshot` that is newer, or `live`: nothing had changed. */
export interface Watcher {
  snapshot(snapshot: Snapshot): void
  hold(reason: HoldReason): void
  live(revision: number): void
  /** The conductor does not know the batch yet; it is looked for until it does. */
  unknown(): void
}

export interface HubOptions {
  /** Snapshots of those of these batches that are newer, one answer for each. */
  readonly newer: (asked: readonly { batch_id: string; revision: number }[]) => Promise<readonly NewerAnswer[]>
  readonly logger: Logger
  /** Changes that share a read with a later one. */
  readonly coalesced: (count: number) => void
  /** Milliseconds that only grow. */
  readonly clock: () => number
  readonly later: Later
  /** Milliseconds after which a watched batch is read again without a notice. */
  readonly rereadMs: number
}

/** Told of changes by whoever listens to the feed. */
export interface Hub extends ChangeListener {
  /** Starts to tell; what is known already is told before this returns. The answer ends it. */
  watch(batchId: string, watcher: Watcher): () => void
  start(): void
  stop(): void
}

/** At most ten snapshots a second of a batch, since no eye sees more: milliseconds between two reads of it. */
const SPACING_MS = 100
const MAX_KEYS = 50
const MAX_READS = 4
/** Milliseconds between two looks at what must be read again: what is held or unknown, and what was not read for long. */
const LOOK_MS = 500

type Condition = 'new' | 'live' | 'unknown' | HoldReason

interface Entry {
  readonly watchers: Set<Watcher>
  snapshot: Snapshot | undefined
  condition: Condition
  readAt: number
  /** Recorded traces of changes that no snapshot shows yet, the newest last. */
  causes: readonly { readonly revision: number; readonly cause: Cause }[]
}

/** Reads each watched batch once per change, however many watch it, and tells all of them. Nothing is told twice. */
export const createHub = (options: HubOptions): Hub => {
  const { newer, logger, coalesced, clock, later, rereadMs } = options
  const entries = new Map<string, Entry>()
  let cancelLook: (() => void) | undefined

  const read = async (keys: readonly string[]): Promise<void> => {
    const asked = keys
      .filter((key) => entries.has(key))
      .map((batch_id) => ({ batch_id, revision: entries.get(batch_id)?.snapshot?.revision ?? 0 }))
    if (asked.length === 0) return
    try {
      for (const answer of await newer(asked)) settle(answer)
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) logger.error({ err: asError(thrown).message }, 'snapshots not read')
      const reason = thrown instanceof PassingError && thrown.source === 'catching_up' ? 'catching_up' : 'unavailable'
      for (const { batch_id } of asked) withEntry(batch_id, (entry) => hold(entry, reason))
    }
  }
  const coalescer = createCoalescer({
    read,
    spacingMs: SPACING_MS,
    maxKeys: MAX_KEYS,
    maxReads: MAX_READS,
    clock,
    later,
  })

  const withEntry = (batchId: string, work: (entry: Entry) => void): void => {
    const entry = entries.get(batchId)
    if (!entry) return
    entry.readAt = clock()
    work(entry)
  }

  const hold = (entry: Entry, reason: HoldReason): void => {
    if (entry.condition === reason) return
    entry.condition = reason
    for (const watcher of entry.watchers) watcher.hold(reason)
  }

  const settle = (answer: NewerAnswer): void =>
    withEntry(answer.batch_id, (entry) => {
      const known = entry.snapshot
      if (answer.state === 'catching_up') return hold(entry, 'catching_up')
      if (answer.state === 'unknown') {
        // What was known once is not gone, its state is: it comes back from the log (invariant 13).
        if (known) return hold(entry, 'catching_up')
        if (entry.condition !== 'unknown') for (const watcher of entry.watchers) watcher.unknown()
        entry.condition = 'unknown'
        return
      }
      const wasLive = entry.condition === 'live'
      entry.condition = 'live'
      if (answer.state === 'newer' && answer.snapshot.details.revision > (known?.revision ?? 0)) {
        const snapshot = createSnapshot(answer, answer.snapshot)
        entry.snapshot = snapshot
        // Who comes later is shown the state, and no change: causes are for those who were there.
        const told = withCauses(entry, snapshot)
        for (const watcher of entry.watchers) watcher.snapshot(told)
      } else if (!wasLive && known) for (const watcher of entry.watchers) watcher.live(known.revision)
    })

  const askAgain = (batchId: string): void => {
    if (coalescer.ask(batchId)) coalesced(1)
  }

  const look = (): void => {
    const now = clock()
    for (const [batchId, { condition, readAt }] of entries)
      if (condition !== 'live') coalescer.ask(batchId)
      else if (now - readAt >= rereadMs) coalescer.check(batchId)
    cancelLook = later(LOOK_MS, look)
  }

  return {
    watch(batchId, watcher) {
      const entry = entries.get(batchId) ?? {
        watchers: new Set<Watcher>(),
        snapshot: undefined,
        condition: 'new' as Condition,
        readAt: 0,
        causes: [],
      }
      entries.set(batchId, entry)
      entry.watchers.add(watcher)
      if (entry.snapshot) watcher.snapshot(entry.snapshot)
      if (entry.condition === 'unknown') watcher.unknown()
      if (entry.condition === 'catching_up' || entry.condition === 'unavailable') watcher.hold(entry.condition)
      // What is known here may be some seconds old, since a notice may be lost: who comes now gets the newest.
      coalescer.ask(batchId)
      return () => {
        entry.watchers.delete(watcher)
        if (entry.watchers.size === 0 && entries.get(batchId) === entry) entries.delete(batchId)
      }
    },
    changed(changes) {
      for (const { batchId, revision, cause } of changes) {
        const entry = entries.get(batchId)
        if (!entry || revision <= (entry.snapshot?.revision ?? 0)) continue
        if (cause) entry.causes = [...entry.causes, { revision, cause }].slice(-MAX_CAUSES)
        askAgain(batchId)
      }
    },
    gap() {
      for (const batchId of entries.keys()) coalescer.ask(batchId)
    },
    start() {
      cancelLook = later(LOOK_MS, look)
    },
    stop() {
      cancelLook?.()
      coalescer.stop()
    },
  }
}

/** The snapshot with the traces of the changes that it is the first to show. */
const withCauses = (entry: Entry, snapshot: Snapshot): Snapshot => {
  if (entry.causes.length === 0) return snapshot
  const shown = entry.causes.filter(({ revision }) => revision <= snapshot.revision)
  entry.causes = entry.causes.filter(({ revision }) => revision > snapshot.revision)
  return { ...snapshot, causes: shown.map(({ cause }) => cause) }
}
