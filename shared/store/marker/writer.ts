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
  /** Told the buckets whose markers lie behind what was written; once it resolves, they are taken as they are. */
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
 * that lost its writes shows within a second. A marker that is gone, or lies behind what was last written, is left as it is
 * and reported. One that stands further on is no loss: somebody else has the partition now, and this member was not told yet,
 * or a write that seemed to fail arrived. What stood there when a partition came to this member is taken for granted.
 */
export const createMarkerWriter = (options: MarkerWriterOptions): MarkerWriter => {
  const { markers, subscription, group, logger, metrics, onLost, everyMs = 1_000 } = options
  /** Per bucket, field -> where it stands as far as this member knows; null: nowhere. */
  let known: readonly Map<string, number | null>[] = ALL_BUCKETS.map(() => new Map())
  /** Fields of which was told that somebody moved them on. */
  const movedOn = new Set<string>()
  let losses: readonly MarkerMismatch[] = []
  let failure: string | undefined

  const adopt = async (fields: ReadonlySet<string>): Promise<void> => {
    for (const field of movedOn) if (!fields.has(field)) movedOn.delete(field)
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
    const found = await markers.advance(changes)
    const lost = found.filter(isLost)
    const further = found.filter((miss) => !isLost(miss))
    const missed = new Set(found.map(({ bucket, field }) => `${bucket}|${field}`))
    for (const { bucket, moves } of changes)
      for (const { field, next } of moves) if (!missed.has(`${bucket}|${field}`)) known[bucket]?.set(field, next)
    take(further)
    tell(further)
    report(lost)
    if (onLost && lost.length > 0) await adoptLost(onLost, lost)
  }

  const isLost = ({ bucket, field, found }: MarkerMismatch): boolean => {
    const expected = known[bucket]?.get(field) ?? null
    return expected !== null && (found === null || found < expected)
  }

  const take = (misses: readonly MarkerMismatch[]): void => {
    for (const { bucket, field, found } of misses) known[bucket]?.set(field, found)
  }

  const adoptLost = async (forget: (buckets: readonly number[]) => Promise<void>, lost: readonly MarkerMismatch[]) => {
    await forget([...new Set(lost.map(({ bucket }) => bucket))])
    take(lost)
    losses = []
  }

  const tell = (further: readonly MarkerMismatch[]): void => {
    const fresh = further.filter(({ field }) => !movedOn.has(field))
    const [first] = fresh
    if (!first) return
    logger.info({ ...first, group, count: fresh.length }, 'markers stand further on than this member knew')
    for (const { field } of fresh) movedOn.add(field)
  }

  const report = (lost: readonly MarkerMismatch[]): void => {
    const [first] = lost
    if (first && losses.length === 0) {
      logger.warn({ ...first, group, count: lost.length }, 'a marker lies behind what was last written')
      metrics.mismatch(group)
    }
    losses = lost
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
      ...(losses.length === 0
        ? []
        : [`${losses.length} markers of ${group} lie behind what was written: state may have been lost`]),
    ],
  }
}
