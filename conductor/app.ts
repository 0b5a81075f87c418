import { type App, createApp } from '../shared/http/app.ts'
import { createAudit } from '../shared/http/audit.ts'
import { addHealth, type HealthOptions } from '../shared/http/health.ts'
import { internalKey } from '../shared/http/internal-key.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { EventLog } from '../shared/log/port.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { ConductorMetrics } from '../shared/telemetry/metrics.ts'
import type { DeadLetterStore } from './dead-letters/port.ts'
import type { OwnedIndex } from './owned/port.ts'
import { asyncApi } from './routes/asyncapi.ts'
import { batchRuns } from './routes/batch-runs.ts'
import { batchState } from './routes/batch-state.ts'
import { batchStatus } from './routes/batch-status.ts'
import { completePhase } from './routes/complete-phase.ts'
import { deadLetterRoutes } from './routes/dead-letters/index.ts'
import { definePipeline } from './routes/define-pipeline.ts'
import { listBatches } from './routes/list-batches.ts'
import { listEssays } from './routes/list-essays.ts'
import { listPipelines } from './routes/list-pipelines.ts'
import { newerSnapshots } from './routes/newer-snapshots.ts'
import { planEssays } from './routes/plan-essays.ts'
import type { BatchStore } from './state/port.ts'
import { createReadWhenReached } from './state/read-when-reached.ts'

export interface ConductorAppDeps extends Omit<AppDeps, 'service' | 'metrics'> {
  readonly store: BatchStore
  readonly owned: Pick<OwnedIndex, 'list' | 'count'>
  readonly deadLetters: DeadLetterStore
  readonly log: Pick<EventLog, 'publish'>
  readonly catalog: Catalog
  readonly metrics: { readonly http: AppDeps['metrics']; readonly conductor: Pick<ConductorMetrics, 'resolution'> }
  /** Keys that internal callers may use; undefined switches the check off. */
  readonly internalKeys: readonly string[] | undefined
  /** Milliseconds that `define` waits for the positions that it is given. */
  readonly waitLimitMs: number
  readonly sleep: (ms: number) => Promise<void>
  readonly health: Omit<HealthOptions, 'service'>
}

/** The conductor's routes: all of them internal, for the gateway and the orchestrator. */
export const createConductorApp = (deps: ConductorAppDeps): App => {
  const { store, owned, deadLetters, log, logger, catalog, metrics, internalKeys, waitLimitMs, sleep, clock, health } =
    deps
  const app = createApp({ ...deps, service: 'conductor', metrics: metrics.http })
  addHealth(app, { ...health, service: 'conductor' })
  asyncApi(app, health)
  app.use('/internal/*', internalKey({ keys: internalKeys }))

  const readWhenReached = createReadWhenReached({ store, clock, sleep, limitMs: waitLimitMs })
  definePipeline(app, { catalog, readWhenReached, metrics: metrics.conductor, clock, log, logger })
  planEssays(app, { store, catalog })
  batchStatus(app, { store, catalog })
  listBatches(app, { store, owned, catalog })
  listEssays(app, { store, catalog })
  batchRuns(app, { store, catalog })
  newerSnapshots(app, { store, catalog })
  listPipelines(app, { catalog })
  const audit = createAudit(logger)
  batchState(app, { store })
  completePhase(app, { store, readWhenReached, log, catalog, audit, clock })
  deadLetterRoutes(app, { store: deadLetters, log, audit, clock })
  return app
}
