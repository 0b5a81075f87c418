import { SENDERS } from '../shared/contracts/senders.ts'
import type { LogRecord, Position } from '../shared/log/port.ts'
import { partitionName } from '../shared/store/marker/key.ts'

interface InHand {
  /** The offset behind the last record of the fetch. */
  readonly end: number
  /** Sender -> when the log took its oldest event of the fetch, milliseconds since 1970. */
  readonly oldest: Map<string, number>
}

/** How far a partition is applied, and how many records lie behind that; undefined while the log does not tell. */
type Applied = Position & { readonly lag?: number | undefined }

const KNOWN: ReadonlySet<string> = new Set(Object.values(SENDERS))
/** Whatever else a message says of its sender: a label must not hold what anybody may write. */
const OTHER = 'other'
/** Who sent what was not fetched cannot be told. */
const UNFETCHED = 'unfetched'

/**
 * Remembers of each partition the fetch that is in hand, so that it can be told how long events have been waiting while
 * something holds them.
 */
export const createUnapplied = () => {
  const partitions = new Map<string, InHand>()
  /** Partitions that have more, and nothing of it in hand: since when, at which offset. */
  const unfetched = new Map<string, { readonly offset: number; readonly since: number }>()
  return {
    /** A fetch of one partition comes in hand, instead of the one before. */
    fetched(records: readonly LogRecord[]): void {
      const last = records.at(-1)
      if (last) partitions.set(partitionName(last), { end: last.offset + 1, oldest: new Map() })
    },
    /** A record of that fetch, and who sent it as far as that can be read. */
    sentBy(record: LogRecord, source: string | undefined): void {
      const sender = source !== undefined && KNOWN.has(source) ? source : OTHER
      const oldest = partitions.get(partitionName(record))?.oldest
      oldest?.set(sender, Math.min(oldest.get(sender) ?? Number.POSITIVE_INFINITY, record.timestamp))
    },
    /**
     * Sender -> seconds until `now`, milliseconds since 1970, since the log took its oldest event in hand that lies behind
     * what is `applied` of the partitions of this member. `unfetched`: since it was first seen here that a partition has more
     * and nothing of it comes, which it is at least old.
     */
    ages(applied: readonly Applied[], now: number): ReadonlyMap<string, number> {
      const ages = new Map<string, number>()
      const waits = (sender: string, since: number) =>
        void ages.set(sender, Math.max(ages.get(sender) ?? 0, (now - since) / 1_000))
      for (const at of applied) {
        const name = partitionName(at)
        const inHand = partitions.get(name)
        const isInHand = inHand !== undefined && at.offset < inHand.end
        if (isInHand) for (const [sender, taken] of inHand.oldest) waits(sender, taken)
        if (isInHand || !at.lag) {
          unfetched.delete(name)
          continue
        }
        const seen = unfetched.get(name)
        const { since } = seen?.offset === at.offset ? seen : { since: now }
        unfetched.set(name, { offset: at.offset, since })
        waits(UNFETCHED, since)
      }
      return ages
    },
  }
}
export type Unapplied = ReturnType<typeof createUnapplied>
