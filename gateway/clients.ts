import { createJsonClient, type Fetch, type JsonClient } from '../shared/http/client.ts'
import type { CorrelationContext } from '../shared/http/ports.ts'
import { type CircuitMetrics, createResilience, guardedClient } from '../shared/http/resilience.ts'

export interface ClientsDeps {
  readonly reach: Readonly<Record<'conductor' | 'orchestrator', Fetch>>
  readonly serviceId: string
  readonly internalKey: string | undefined
  readonly context: CorrelationContext
  readonly metrics: CircuitMetrics
  /** Milliseconds until an open circuit lets a call through again; default 5,000. */
  readonly circuitOpenMs?: number
}

/** Guarded calls, and unguarded ones for health: a service that is not ready has answered all the same. */
export interface Clients {
  readonly calls: JsonClient
  readonly health: JsonClient
}

/**
 * Milliseconds. Two tries, and a publish after them, still end well before the lease of an idempotency key; and a conductor that catches up
 * says so before this is over (`CATCH_UP_WAIT_MS`), which is no failure of it.
 */
export const CALL_TIMEOUT_MS = 3_000

/**
 * Clients of the services behind, each with a circuit of its own. What is read may be asked for twice; of what changes
 * something only that which carries the id of its request, so that the second time does nothing more.
 */
export const createClients = ({ reach, serviceId, internalKey, context, metrics, circuitOpenMs }: ClientsDeps) =>
  function clientsOf(target: 'conductor' | 'orchestrator', baseUrl: string): Clients {
    const health = createJsonClient({
      target,
      baseUrl,
      fetch: reach[target],
      serviceId,
      internalKey,
      traceparent: context.traceparent,
      timeoutMs: CALL_TIMEOUT_MS,
    })
    const openMs = circuitOpenMs === undefined ? {} : { openMs: circuitOpenMs }
    return { calls: guardedClient(health, createResilience({ source: target, metrics, ...openMs })), health }
  }
