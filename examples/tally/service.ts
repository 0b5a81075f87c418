import { receiveAs } from '../../shared/contracts/receive.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createApp } from '../../shared/http/app.ts'
import { addHealth } from '../../shared/http/health.ts'
import type { CorrelationContext } from '../../shared/http/ports.ts'
import type { EventLog, Subscription } from '../../shared/log/port.ts'
import { createProcessor } from '../../shared/log/processor.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Metrics } from '../../shared/telemetry/metrics.ts'

export interface TallyDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly context: CorrelationContext
  readonly metrics: Metrics
}

/** Counts runs by how they ended, and answers `GET /tally`: the smallest service on the shared layer. */
export const createTally = ({ log, logger, context, metrics }: TallyDeps) => {
  /** Event id -> status: a run that is told of twice counts once. */
  const ended = new Map<string, string>()
  let subscription: Subscription | undefined

  const app = createApp({
    ...{ service: 'tally', logger, context, metrics: metrics.http, clock: Date.now },
    slowMs: 1_000,
    maxBodyBytes: 1_000,
  })
  addHealth(app, {
    ...{ service: 'tally', version: '1', environment: 'development', exposition: metrics.exposition },
    checks: [{ name: 'log', check: () => log.ping().then(() => undefined) }],
  })
  app.get('/tally', (c) => {
    const counts: Record<string, number> = {}
    for (const status of ended.values()) counts[status] = (counts[status] ?? 0) + 1
    return c.json(counts)
  })

  const processor = createProcessor({
    service: 'tally_service',
    decode: (record) => receiveAs(TOPICS.pipelineCompleted, record),
    async handle(items) {
      for (const { value } of items) ended.set(value.envelope.event_id, value.envelope.data.final_status)
    },
    log,
    logger,
    metrics: metrics.processor,
    tracer: context.tracer,
  })

  return {
    app,
    async start(): Promise<void> {
      subscription = await log.consume({ group: 'tally-runs', topics: [TOPICS.pipelineCompleted] }, processor)
      metrics.lag('tally-runs', subscription.lag)
    },
    async stop(): Promise<void> {
      await subscription?.stop()
    },
  }
}
