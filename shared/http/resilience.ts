import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  retry,
  wrap,
} from 'cockatiel'
import { PassingError, type PassingSource } from '../errors.ts'
import type { JsonClient } from './client.ts'

export interface ResilienceOptions {
  /** Whom the calls go to: what waits while the circuit is open waits for it. */
  readonly source: PassingSource
  readonly metrics: CircuitMetrics
  /** Failures in a row that open the circuit; default 5. */
  readonly failures?: number
  /** Milliseconds until an open circuit lets a call through again; default 5,000. */
  readonly openMs?: number
  /** Milliseconds of the first pause between two tries; default 50. */
  readonly pauseMs?: number
}

export interface CircuitMetrics {
  circuit(name: string, state: 'closed' | 'half_open' | 'open'): void
  circuitCall(name: string, result: 'success' | 'failure' | 'rejected'): void
}

/** Makes a call so often before it counts as failed, if it may be repeated. */
const TRIES = 2
const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const

/**
 * Guards calls to a neighbour: one that passes is tried again after a jittered pause, unless a second time could do more than
 * the first. After some failures in a row nobody asks for a while: the calls then reject at once with a PassingError, and what
 * needs them waits. A neighbour that only catches up answers, so that counts as no failure of it.
 */
export const createResilience = (options: ResilienceOptions) => {
  const { source, metrics, failures = 5, openMs = 5_000, pauseMs = 50 } = options
  const isItsFailure = (error: unknown) => error instanceof PassingError && error.source === source
  const breaker = circuitBreaker(handleWhen(isItsFailure), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  metrics.circuit(source, 'closed')
  breaker.onStateChange((state) => metrics.circuit(source, STATES[state]))
  const again = retry(handleWhen(isItsFailure), {
    maxAttempts: TRIES - 1,
    backoff: new ExponentialBackoff({ initialDelay: pauseMs, maxDelay: 10 * pauseMs }),
  })
  const repeating = wrap(again, breaker)

  return async function guarded<Result>(
    call: () => Promise<Result>,
    { isRepeatable = true }: { readonly isRepeatable?: boolean } = {},
  ): Promise<Result> {
    const policy = isRepeatable ? repeating : breaker
    try {
      const result = await policy.execute(call)
      metrics.circuitCall(source, 'success')
      return result
    } catch (thrown) {
      const isOpen = isBrokenCircuitError(thrown)
      metrics.circuitCall(source, isOpen ? 'rejected' : 'failure')
      if (isOpen) throw new PassingError(source, `${source} is not asked for now: it failed several times in a row`)
      throw thrown
    }
  }
}
export type Guarded = ReturnType<typeof createResilience>

/** A client whose calls are all guarded: what is read, and what says that it may be, is made twice where it must. */
export const guardedClient = (client: JsonClient, guarded: Guarded): JsonClient => ({
  call: (call) => guarded(() => client.call(call), { isRepeatable: call.isRepeatable ?? call.method === 'GET' }),
})
