import type { HealthOptions } from '../shared/http/health.ts'
import type { EventLog } from '../shared/log/port.ts'
import type { RunStore } from './runs/port.ts'

export interface ChecksDeps {
  readonly log: Pick<EventLog, 'ping'>
  readonly store: Pick<RunStore, 'ping'>
  /** What is wrong with the store as a home for state, and with the markers in it. */
  readonly warnings: () => Promise<readonly string[]>
  /** Whether the consumer has joined its group. */
  readonly ready: () => boolean
}

/** What the orchestrator needs to do its work, for readiness. */
export const checksOf = ({ log, store, warnings, ready }: ChecksDeps): HealthOptions['checks'] => [
  { name: 'log', check: () => log.ping().then(() => undefined) },
  { name: 'store', check: () => store.ping().then(warnings) },
  {
    name: 'consumer',
    async check() {
      if (!ready()) throw new Error('the consumer has not joined its group')
      return undefined
    },
  },
]
