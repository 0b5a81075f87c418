import { type App, createApp } from '../shared/http/app.ts'
import { createAudit } from '../shared/http/audit.ts'
import { addHealth, type HealthOptions } from '../shared/http/health.ts'
import { internalKey } from '../shared/http/internal-key.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import { batchOwner } from './routes/batch-owner.ts'
import { batchRuns } from './routes/batch-runs.ts'
import { batchStatus } from './routes/batch-status.ts'
import { cancelRun } from './routes/cancel-run.ts'
import { type PauseDeps, pausePhase } from './routes/pause-phase.ts'
import { type PreflightDeps, preflight } from './routes/preflight.ts'
import { type RegisterDeps, registerBatch } from './routes/register-batch.ts'
import { type RetryDeps, retryBatch } from './routes/retry-batch.ts'
import { setPrompt } from './routes/set-prompt.ts'
import { stuckRuns } from './routes/stuck-runs.ts'
import type { RunStore } from './runs/port.ts'
import type { WaitingList } from './waiting.ts'

export interface OrchestratorAppDeps
  extends Omit<AppDeps, 'service'>,
    Omit<RegisterDeps, 'store'>,
    Omit<RetryDeps, 'store'>,
    Omit<PreflightDeps, 'store'>,
    Pick<PauseDeps, 'log'> {
  readonly waiting: WaitingList
  readonly store: RunStore
  readonly internalKeys: readonly string[] | undefined
  readonly health: Omit<HealthOptions, 'service'>
}

/** The orchestrator's routes, for our own services only. */
export const createOrchestratorApp = (deps: OrchestratorAppDeps): App => {
  const app: App = createApp({ ...deps, service: 'orchestrator' })
  addHealth(app, { ...deps.health, service: 'orchestrator' })
  const guard = internalKey({ keys: deps.internalKeys })
  app.use('/v1/*', guard)
  app.use('/internal/*', guard)
  registerBatch(app, deps)
  batchOwner(app, deps.store)
  batchRuns(app, deps.store)
  cancelRun(app, deps)
  retryBatch(app, deps)
  pausePhase(app, { ...deps, audit: createAudit(deps.logger) })
  stuckRuns(app, deps.waiting)
  batchStatus(app, deps)
  setPrompt(app, deps)
  preflight(app, deps)
  return app
}
