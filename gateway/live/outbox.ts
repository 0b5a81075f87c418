import { type Frame, withId } from './frames.ts'
import { MAX_CAUSES, type Snapshot } from './snapshot.ts'

export interface Outbox {
  /** Takes a snapshot to send. One that is not newer than what was sent, or waits already, is left out. */
  offer(snapshot: Snapshot): void
  /** Says of a batch that it is held, or live again. A snapshot says the same as `live`. */
  note(batchId: string, frame: Frame): void
  /** The last frame, after all that waits. */
  finish(frame: Frame): void
  /** What comes next; undefined when nothing waits. */
  take(): Frame | undefined
  waits(): boolean
  /** Whether the last frame was taken. */
  finished(): boolean
}

export interface OutboxOptions {
  /** The revision that the client has already: nothing up to it is sent. Undefined: it has none. */
  readonly after: number | undefined
  /** Called for each snapshot that a newer one replaced before it was sent. */
  readonly replaced: () => void
}

/**
 * What a stream has still to send, whatever its reader's pace: of each batch the newest snapshot and the last note. A slow
 * reader so loses snapshots in between and never the last one, and never sees an older one after a newer.
 */
export const createOutbox = ({ after, replaced }: OutboxOptions): Outbox => {
  const pending = new Map<string, Snapshot>()
  const sent = new Map<string, number>()
  const notes = new Map<string, Frame>()
  /** The largest id that was sent. */
  let highest = 0
  let last: Frame | undefined
  let finished = false

  return {
    offer(snapshot) {
      const { batchId, revision } = snapshot
      const waiting = pending.get(batchId)
      if (revision <= (waiting?.revision ?? sent.get(batchId) ?? after ?? -1)) return
      if (waiting) replaced()
      // Whoever waits for the change that was left out is shown it by this one.
      pending.set(batchId, waiting?.causes ? { ...snapshot, causes: together(waiting, snapshot) } : snapshot)
      notes.delete(batchId)
    },
    note(batchId, frame) {
      notes.set(batchId, frame)
    },
    finish(frame) {
      last ??= frame
    },
    take() {
      if (finished) return undefined
      for (const [batchId, snapshot] of pending) {
        pending.delete(batchId)
        sent.set(batchId, snapshot.revision)
        highest = Math.max(highest, snapshot.revision)
        // Ids only grow on every stream; of several batches an older change may come after a newer one.
        return snapshot.revision < highest ? { ...snapshot, ...withId(snapshot, highest) } : snapshot
      }
      for (const [batchId, frame] of notes) {
        notes.delete(batchId)
        return frame
      }
      finished = last !== undefined
      return last
    },
    waits: () => !finished && (pending.size > 0 || notes.size > 0 || last !== undefined),
    finished: () => finished,
  }
}

const together = (older: Snapshot, newer: Snapshot) =>
  [...(older.causes ?? []), ...(newer.causes ?? [])].slice(-MAX_CAUSES)
