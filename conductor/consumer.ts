import { SENDERS } from '../shared/contracts/senders.ts'
import type { CorrelationContext } from '../shared/http/ports.ts'
import type { BatchId } from '../shared/ids.ts'
import type { EventLog, FetchHandler, LogRecord, Subscription } from '../shared/log/port.ts'
import { createProcessor, type ProcessorMetrics } from '../shared/log/processor.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { markerField } from '../shared/store/marker/key.ts'
import type { WriteCounts } from '../shared/store/marker/write-counts.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { ConductorMetrics } from '../shared/telemetry/metrics.ts'
import { ownedOf } from './owned/facts.ts'
import type { OwnedIndex } from './owned/port.ts'
import { PROJECTED_TOPICS, type Projected, projectRecord } from './projections/index.ts'
import type { BatchChange, EventFacts } from './state/facts.ts'
import { merged } from './state/merged.ts'
import { type Applied, type BatchStore, FACT_RESULTS } from './state/port.ts'
import type { Unapplied } from './unapplied.ts'

export interface ConsumerDeps {
  readonly log: EventLog
  readonly store: Pick<BatchStore, 'apply'>
  readonly owned: Pick<OwnedIndex, 'add'>
  readonly catalog: Catalog
  readonly logger: Logger
  readonly metrics: Pick<ConductorMetrics, 'projected' | 'ignored'>
  readonly processorMetrics: ProcessorMetrics
  readonly context?: Pick<CorrelationContext, 'tracer'>
  readonly group: string
  readonly writes: WriteCounts
  readonly unapplied: Unapplied
}

/**
 * Records of one fetch. Specialists key by essay and work on many batches at once, so only a large fetch holds several
 * events of one batch, which then share a transition: 1.2 events a call with 500, measured by `bun run bench projection`.
 */
const FETCH_RECORDS = 5_000

/**
 * Projects the log into the store. All that fetches say about one batch at a time is applied in one transition, and batches
 * do not wait for each other; facts are the same in any order (invariant 5), so partitions need not be in step. Offsets follow the
 * markers: their keeper commits.
 */
export const consumeFacts = (deps: ConsumerDeps): Promise<Subscription> => {
  const { log, store, owned, catalog, logger, metrics, processorMetrics, group, writes, unapplied } = deps
  const together = merged(store)
  const context = { producesText: (phase: string) => catalog.phases.get(phase)?.producesText ?? false }

  /** A fetch is of one partition, and so of one topic. */
  const handle = async (projected: readonly Projected[]): Promise<void> => {
    const [first] = projected
    if (!first) return
    const changes = byBatch(projected)
    const counted = [{ field: markerField(group, first.event.partition), writes }]
    const [applied] = await Promise.all([together.apply(changes, counted), owned.add(ownedOf(changes))])
    tell(first.topic, applied)
  }

  const tell = (topic: string, applied: readonly Applied[]): void => {
    let events = 0
    for (const { results } of applied)
      for (const counts of results) {
        if (counts.applied) events += 1
        for (const result of IGNORED) if (counts[result]) metrics.ignored(topic, result, counts[result])
      }
    if (events > 0) metrics.projected(topic, events)
  }

  const decode = (record: LogRecord): Projected => {
    let source = record.headers['source_service']
    try {
      const projected = projectRecord(record, context)
      source = projected.source ?? source
      return projected
    } finally {
      unapplied.sentBy(record, source)
    }
  }

  const processor = createProcessor<Projected>({
    service: SENDERS.conductor,
    decode,
    handle: (items) => handle(items.map(({ value }) => value)),
    log,
    logger,
    metrics: processorMetrics,
    tracer: deps.context?.tracer,
  })
  const handler: FetchHandler = (records, fetch) => {
    unapplied.fetched(records)
    return processor(records, fetch)
  }
  return log.consume({ group, topics: PROJECTED_TOPICS, commit: 'asked', maxFetchRecords: FETCH_RECORDS }, handler)
}

const IGNORED = FACT_RESULTS.filter((result) => result !== 'applied')

const byBatch = (projected: readonly Projected[]): readonly BatchChange[] => {
  const changes = new Map<BatchId, EventFacts[]>()
  for (const { batchId, event } of projected) {
    if (batchId === null) continue
    const events = changes.get(batchId)
    if (events) events.push(event)
    else changes.set(batchId, [event])
  }
  return [...changes].map(([batchId, events]) => ({ batchId, events }))
}
