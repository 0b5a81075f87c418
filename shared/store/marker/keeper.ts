import { BUCKETS } from '../../buckets.ts'
import { asError } from '../../errors.ts'
import type { EventLog, Position, Subscription } from '../../log/port.ts'
import { createLoop } from '../../loop.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { MarkerMetrics } from '../../telemetry/metrics.ts'
import { markerField, partitionName } from './key.ts'
import { createLook } from './look.ts'
import { pauseBetweenLooks } from './pause.ts'
import { createPlaces } from './places.ts'
import type { MarkerStore } from './port.ts'
import type { WriteCounts } from './write-counts.ts'

export interface MarkerKeeperOptions {
  readonly markers: MarkerStore
  /** Consumes with `commit: 'asked'`: offsets follow the markers, so a marker that lies behind one has lost writes. */
  readonly subscription: Pick<Subscription, 'applied' | 'lag' | 'commit' | 'rewind'>
  readonly log: Pick<EventLog, 'partitions'>
  readonly topics: readonly string[]
  readonly group: string
  /** The buckets into which the group writes; default all. */
  readonly buckets?: readonly number[]
  readonly writes: WriteCounts
  readonly logger: Logger
  readonly metrics: MarkerMetrics
  /** Milliseconds between two looks while all is well; default 1,000. While something catches up it looks up to ten times as often. */
  readonly everyMs?: number
}

export interface MarkerKeeper {
  /** Looks at once and then again and again. Resolves after the first look, also when that failed. */
  start(): Promise<void>
  /** Ends after the look that is in hand. */
  stop(): Promise<void>
  /** Looks once, now: moves the markers, commits, and sends back what was lost. */
  look(): Promise<void>
  /** What is wrong with the state or not yet there, for readiness; empty when nothing is. */
  problems(): readonly string[]
}

const ALL_BUCKETS = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
/** So many partitions that catch up are named to readiness; of the others the number. */
const NAMED = 3

/**
 * Keeps the markers of a group in step with what is applied, and notices within a second when the store lost writes: then
 * what was lost is consumed again from where the store still has everything, and the buckets count as incomplete meanwhile
 * (invariant 13). Nobody has to help.
 */
export const createMarkerKeeper = (options: MarkerKeeperOptions): MarkerKeeper => {
  const { markers, subscription, log, topics, group, writes, logger, metrics } = options
  const { buckets = ALL_BUCKETS, everyMs = 1_000 } = options
  const places = createPlaces()
  const looker = createLook({ markers, group, buckets, places, writes })
  const fieldOf = (at: Omit<Position, 'offset'>): string => markerField(group, partitionName(at))
  let complete: ReadonlySet<number> = new Set()
  let failure: string | undefined
  let tookMs = 0

  const rewind = async ({ position, from, target }: Rewind): Promise<void> => {
    const field = fieldOf(position)
    logger.warn({ ...position, group, from, until: target }, 'state was lost: a partition is applied again')
    metrics.mismatch(group)
    places.catchUp(field, target)
    await subscription.rewind({ ...position, offset: from })
    writes.forget(field)
  }

  /** Partitions that are new to this member: their markers tell how much of them the store has. */
  const adopt = async (): Promise<void> => {
    const ends = new Map(
      subscription.lag().map((at) => [fieldOf(at), at.lag === undefined ? at.lag : at.offset + at.lag]),
    )
    const fresh = subscription.applied().filter((at) => !places.has(fieldOf(at)) && ends.get(fieldOf(at)) !== undefined)
    if (fresh.length === 0) return
    const stored = await markers.read(buckets)
    looker.found(stored)
    const rewinds = fresh.flatMap((position): readonly Rewind[] => {
      const field = fieldOf(position)
      const known = stored.map((bucket) => bucket.get(field) ?? null)
      places.add(field, known)
      const isMissing = known.includes(null)
      const from = Math.min(...known.map((offset) => offset ?? 0))
      const target = Math.max(position.offset, isMissing ? (ends.get(field) ?? 0) : 0)
      if (isMissing) places.catchUp(field, target)
      return from < position.began ? [{ position, from, target }] : []
    })
    await Promise.all(rewinds.map(rewind))
  }

  const look = async (): Promise<void> => {
    await adopt()
    const applied = new Map(subscription.applied().map((at) => [fieldOf(at), at]))
    places.keepOnly(applied)
    const isWhole = complete.size === buckets.length
    const required = isWhole ? undefined : (await log.partitions(topics)).map(fieldOf)
    const owned = [...places.all()].flatMap(([field, place]) => {
      const at = applied.get(field)
      return at ? [{ field, place, at }] : []
    })
    const looked = await looker.look(owned, required)
    complete = looked.complete
    const { lost } = looked
    for (const { field, place, at } of owned)
      if (place.target !== undefined && at.offset >= place.target) places.caughtUp(field)
    await subscription.commit(owned.filter(({ field }) => !lost.has(field)).map(({ at }) => at))
    await Promise.all(
      owned.flatMap(({ field, place, at }) => {
        const from = lost.get(field)
        return from === undefined
          ? []
          : [rewind({ position: at, from, target: Math.max(at.offset, place.target ?? 0) })]
      }),
    )
  }

  const lookAndTell = async (): Promise<void> => {
    const started = performance.now()
    try {
      await look()
      failure = undefined
    } catch (thrown) {
      failure = asError(thrown).message
      logger.warn({ group, err: failure }, 'markers not written')
      throw thrown
    } finally {
      tookMs = performance.now() - started
    }
  }
  const isBusy = () => complete.size < buckets.length || places.behind().length > 0
  const loop = createLoop({
    work: lookAndTell,
    pauseMs: () => pauseBetweenLooks({ everyMs, isBusy: isBusy(), tookMs }),
  })

  const problems = (): readonly string[] => {
    const behind = places.behind()
    const offsets = new Map(subscription.applied().map((at) => [fieldOf(at), at.offset]))
    const named = behind.slice(0, NAMED).map(([field, target]) => `${field} is at ${offsets.get(field)} of ${target}`)
    const more = behind.length > NAMED ? [`and ${behind.length - NAMED} more`] : []
    return [
      ...(failure === undefined ? [] : [`markers of ${group} are not written: ${failure}`]),
      ...(complete.size === buckets.length
        ? []
        : [`${buckets.length - complete.size} of ${buckets.length} buckets are catching up`]),
      ...(behind.length === 0 ? [] : [`catching up: ${[...named, ...more].join(', ')}`]),
    ]
  }

  return { start: loop.start, stop: loop.stop, look: loop.now, problems }
}

interface Rewind {
  readonly position: Position
  readonly from: number
  /** The bucket is complete once everything before this offset is applied. */
  readonly target: number
}
