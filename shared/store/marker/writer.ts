import { BUCKETS } from '../../buckets.ts'
import { asError } from '../../errors.ts'
import type { Subscription } from '../../log/port.ts'
import { createLoop } from '../../loop.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { MarkerMetrics } from '../../telemetry/metrics.ts'
import { markerField, partitionName } from './key.ts'
import type { MarkerMismatch, MarkerStore } from './port.ts'

export interface MarkerWriterOptions {
  readonly markers: MarkerStore
  readonly subscription: Pick<Subscription, 'applied'>
  readonly group: string
  readonly logger: Logger
  readonly metrics: MarkerMetrics
  /** Milliseconds between two writes; default 1,000. */
  readonly everyMs?: number
  /** Told the buckets whose markers do not stand where they were written; once it resolves, they are taken as they are. */
  readonly onLost?: (buckets: readonly number[]) => Promise<void>
}

export interface MarkerWriter {
  /** Writes at once and then again and again. Resolves after the first write, also when that failed. */
  start(): Promise<void>
  /** Ends after the write that is in hand. */
  stop(): Promise<void>
  /** Writes once, now. */
  write(): Promise<void>
  /** What is wrong with the markers, for readiness; empty when nothing is. */
  problems(): readonly string[]
}

const ALL_BUCKETS = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

/**
 * Writes how far a subscription has applied the log into the marker of every bucket, also when nothing came: so a Redis
 * that lost its writes shows within a second. A marker that does not stand where it was last written is left as it is
 * and reported; what stood there when a partition came to this member is taken for granted.
 */
export const createMarkerWriter = (options: MarkerWriterOptions): MarkerWriter => {
  const { markers, subscription, group, logger, metrics, onLost, everyMs = 1_000 } = options
  /** Per bucket, field -> where it stands as far as this member knows; null: nowhere. */
  let known: readonly Map<string, number | null>[] = ALL_BUCKETS.map(() => new Map())
  /** Offsets of writes that failed half-way: a bucket may or may not have them. */
  let inDoubt = new Set<string>()
  let mismatches: readonly MarkerMismatch[] = []
  let failure: string | undefined

  const adopt = async (fields: ReadonlySet<string>): Promise<void> => {
    const isNew = [...fields].some((field) => !known[0]?.has(field))
    const stored = isNew ? await markers.read(ALL_BUCKETS) : []
    known = known.map((bucket, i) => {
      const offsetOf = (field: string) =>
        bucket.get(field) ?? (bucket.has(field) ? null : (stored[i]?.get(field) ?? null))
      return new Map([...fields].map((field) => [field, offsetOf(field)]))
    })
  }

  const writeOnce = async (): Promise<void> => {
    const applied = new Map(subscription.applied().map((at) => [markerField(group, partitionName(at)), at.offset]))
    await adopt(new Set(applied.keys()))
    const changes = known.map((bucket, i) => ({
      bucket: i,
      moves: [...bucket].map(([field, expected]) => ({
        field,
        expected,
        // What was applied before this member had the partition stays applied.
        next: Math.max(applied.get(field) ?? 0, expected ?? 0),
      })),
    }))
    const attempted = new Set(changes.flatMap(({ moves }) => moves.map(({ field, next }) => `${field}@${next}`)))
    const found = await markers.advance(changes).catch((thrown) => {
      inDoubt = new Set([...inDoubt, ...attempted])
      throw thrown
    })
    const missed = new Map(found.map((miss) => [`${miss.bucket}|${miss.field}`, miss]))
    for (const { bucket, moves } of changes)
      for (const { field, next } of moves) {
        const miss = missed.size > 0 ? missed.get(`${bucket}|${field}`) : undefined
        if (!miss) known[bucket]?.set(field, next)
        else if (isInDoubt(miss)) known[bucket]?.set(field, miss.found)
      }
    const lost = found.filter((miss) => !isInDoubt(miss))
    report(lost)
    if (onLost && lost.length > 0) await adoptLost(onLost, lost)
    inDoubt = new Set()
  }

  const adoptLost = async (tell: (buckets: readonly number[]) => Promise<void>, lost: readonly MarkerMismatch[]) => {
    await tell([...new Set(lost.map(({ bucket }) => bucket))])
    for (const { bucket, field, found } of lost) known[bucket]?.set(field, found)
    mismatches = []
  }

  /** Whether it stands where a write that seemed to fail had wanted it: then that write arrived after all. */
  const isInDoubt = ({ field, found }: MarkerMismatch): boolean => inDoubt.has(`${field}@${found}`)

  const report = (found: readonly MarkerMismatch[]): void => {
    const [first] = found
    if (first && mismatches.length === 0) {
      logger.warn({ ...first, group, count: found.length }, 'a marker does not stand where it was last written')
      metrics.mismatch(group)
    }
    mismatches = found
  }

  const write = async (): Promise<void> => {
    try {
      await writeOnce()
      failure = undefined
    } catch (thrown) {
      failure = asError(thrown).message
      logger.warn({ group, err: failure }, 'markers not written')
      throw thrown
    }
  }

  const loop = createLoop({ work: write, pauseMs: () => everyMs })

  return {
    write: loop.now,
    start: loop.start,
    stop: loop.stop,
    problems: () => [
      ...(failure === undefined ? [] : [`markers of ${group} are not written: ${failure}`]),
      ...(mismatches.length === 0
        ? []
        : [`${mismatches.length} markers of ${group} do not stand where they were written: state may have been lost`]),
    ],
  }
}
