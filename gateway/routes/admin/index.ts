import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import type { OnceDeps } from '../../idempotency/middleware.ts'
import type { GatewayDeps } from '../../ports.ts'
import { cancelAnyBatch } from './cancel-batch.ts'
import { groupDeadLetters } from './group-dead-letters.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { listStuckRuns } from './list-stuck-runs.ts'
import { parkDeadLetter } from './park-dead-letter.ts'
import { redriveDeadLetters } from './redrive-dead-letters.ts'
import { showDeadLetter } from './show-dead-letter.ts'
import { showFigures } from './show-figures.ts'
import { showHealth } from './show-health.ts'

/** The routes of operations. The groups stand before the letter: of two routes that match the first answers. */
export const adminRoutes = (app: App<GatewayEnv>, deps: GatewayDeps & OnceDeps): void => {
  listDeadLetters(app, deps)
  groupDeadLetters(app, deps)
  showDeadLetter(app, deps)
  redriveDeadLetters(app, deps)
  parkDeadLetter(app, deps)
  listStuckRuns(app, deps)
  cancelAnyBatch(app, deps)
  showHealth(app, deps)
  showFigures(app, deps)
}
