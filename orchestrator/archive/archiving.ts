import { checkArchive } from '../../shared/store/sql/check.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { OrchestratorMetrics } from '../../shared/telemetry/metrics.ts'
import type { RunStore } from '../runs/port.ts'
import { createShelving } from './shelving.ts'
import type { BookArchive } from './store.ts'
import { withArchive } from './with-archive.ts'

export interface BookArchivingDeps {
  readonly store: RunStore
  /** Undefined: there is none, and no book ever goes. */
  readonly archive: BookArchive | undefined
  /** Milliseconds from a batch's last change until its book goes. */
  readonly expiryMs: number
  readonly logger: Logger
  readonly metrics: Pick<OrchestratorMetrics, 'archived' | 'recalled'>
}

/** The run store with its archive: books go there when they are old, and come back when they are asked for. */
export const createBookArchiving = ({ store, archive, expiryMs, logger, metrics }: BookArchivingDeps) => {
  if (!archive) return { store, checks: [], start() {}, async stop() {} }
  const shelving = createShelving({ store, archive, expiryMs, clock: Date.now, logger, metrics })
  return {
    store: withArchive(store, archive, metrics),
    checks: [{ name: 'archive', check: () => checkArchive(archive) }],
    start: shelving.start,
    stop: shelving.stop,
  }
}
