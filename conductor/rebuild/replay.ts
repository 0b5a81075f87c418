import { COMPACTED_TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import { type BatchId, randomId } from '../../shared/ids.ts'
import type { EventLog, LogRecord } from '../../shared/log/port.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { partitionName } from '../../shared/store/marker/key.ts'
import { PROJECTED_TOPICS, type Projected, projectRecord } from '../projections/index.ts'
import type { BatchChange } from '../state/facts.ts'
import type { BatchStore } from '../state/port.ts'

export interface ReplayDeps {
  readonly log: Pick<EventLog, 'consume'>
  readonly store: Pick<BatchStore, 'apply'>
  readonly catalog: Pick<Catalog, 'phases'>
  readonly sleep: (ms: number) => Promise<void>
  /** This batch alone; all when it is left out. */
  readonly only?: BatchId | undefined
}

export interface Replayed {
  readonly records: number
  readonly malformed: number
  /** Partitions whose first records the log no longer has: what they said is missing. */
  readonly truncated: readonly string[]
  /** Partition -> the first and the last offset that the log has now; of a compacted one the first that it ever had. */
  readonly extents: Extents
}

/** What of each partition was read, as `topic|partition`. */
export type Extents = ReadonlyMap<string, { readonly first: number; readonly last: number }>

/** Milliseconds between two looks whether the end is reached. */
const LOOK_MS = 50

/** Projects the log from its beginning to its end as of now into a store, in a consumer group of its own. */
export const replay = async ({ log, store, catalog, sleep, only }: ReplayDeps): Promise<Replayed> => {
  const context = { producesText: (phase: string) => catalog.phases.get(phase)?.producesText ?? false }
  const extents = new Map<string, { first: number; last: number }>()
  let records = 0
  let malformed = 0
  let failure: unknown

  const project = (record: LogRecord): readonly Projected[] => {
    const place = partitionName(record)
    const first = extents.get(place)?.first ?? (COMPACTED_TOPICS.has(record.topic) ? 0 : record.offset)
    extents.set(place, { first, last: record.offset })
    records += 1
    try {
      const projected = projectRecord(record, context)
      return projected.batchId !== null && (only === undefined || projected.batchId === only) ? [projected] : []
    } catch (thrown) {
      if (!(thrown instanceof MalformedError)) throw thrown
      malformed += 1
      return []
    }
  }

  const subscription = await log.consume(
    { group: `baton-rebuild-${randomId()}`, topics: PROJECTED_TOPICS, commit: 'never' },
    (fetched) =>
      store.apply(changesOf(fetched.flatMap(project))).then(
        () => undefined,
        (thrown) => {
          failure = thrown
          throw thrown
        },
      ),
  )
  try {
    while (!subscription.ready() || !isAtEnd(subscription.lag())) {
      if (failure !== undefined) throw failure
      await sleep(LOOK_MS)
    }
  } finally {
    await subscription.stop()
  }
  const truncated = [...extents].filter(([, { first }]) => first > 0).map(([place]) => place)
  return { records, malformed, truncated, extents }
}

const isAtEnd = (lags: readonly { readonly lag: number | undefined }[]): boolean =>
  lags.length > 0 && lags.every(({ lag }) => lag === 0)

const changesOf = (projected: readonly Projected[]): readonly BatchChange[] => {
  const changes: BatchChange[] = []
  for (const [batchId, items] of Map.groupBy(projected, (item) => item.batchId))
    if (batchId !== null) changes.push({ batchId, events: items.map(({ event }) => event) })
  return changes
}
