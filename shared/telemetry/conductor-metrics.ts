import { Gauge, Histogram, type Registry } from 'prom-client'
import { createCounters } from './counters.ts'

/** What the conductor counts; labels are names from the catalog, of topics and of senders, never an id. */
export interface ConductorMetrics {
  /** A pipeline was resolved, or not. Labels are names from the catalog, or `unknown`. */
  resolution(pipeline: string, outcome: string, seconds: number): void
  projected(eventType: string, count: number): void
  ignored(eventType: string, reason: string, count: number): void
  /** What became of the state of a batch that was looked at for the archive. */
  archived(outcome: string): void
  /** Seconds that the oldest event in hand has waited, by who sent it; read when it is asked for. */
  unapplied(read: () => ReadonlyMap<string, number>): void
}

export const createConductorMetrics = (registers: Registry[], seconds: readonly number[]): ConductorMetrics => {
  const counter = createCounters(registers)
  const resolutions = counter('bcs_pipeline_resolutions_total', 'Pipeline resolutions', ['status'])
  const outcomes = counter('huleedu_bcs_pipeline_resolutions_total', 'Pipeline resolutions by pipeline and outcome', [
    'requested_pipeline',
    'outcome',
  ])
  const resolving = new Histogram({
    name: 'huleedu_bcs_pipeline_resolution_duration_seconds',
    help: 'Time to resolve a pipeline',
    labelNames: ['requested_pipeline'],
    buckets: [...seconds],
    registers,
  })
  const projected = counter('baton_facts_projected_total', 'Events whose facts were applied', ['event_type'])
  const ignored = counter('baton_facts_ignored_total', 'Facts that changed nothing, by reason', [
    'event_type',
    'reason',
  ])
  const archived = counter('baton_batches_archived_total', 'Batches archived, by what became of their state', [
    'outcome',
  ])

  let ages: () => ReadonlyMap<string, number> = () => new Map()
  new Gauge({
    name: 'baton_oldest_unapplied_event_age_seconds',
    help: 'How long the log has held the oldest event in hand that is not applied yet, or has had more than was fetched (unfetched); absent when nothing waits',
    labelNames: ['source_service'],
    registers,
    collect() {
      // What has been applied, or is another member's by now, must not linger.
      this.reset()
      for (const [source_service, age] of ages()) this.set({ source_service }, age)
    },
  })

  return {
    resolution(pipeline, outcome, duration) {
      resolutions([outcome === 'success' ? 'success' : 'failure'])
      outcomes([pipeline, outcome])
      resolving.observe({ requested_pipeline: pipeline }, duration)
    },
    projected: (eventType, count) => projected([eventType], count),
    ignored: (eventType, reason, count) => ignored([eventType, reason], count),
    archived: (outcome) => archived([outcome]),
    unapplied(read) {
      ages = read
    },
  }
}
