import { Gauge, Histogram, type Registry } from 'prom-client'
import { createCounters } from './counters.ts'

/** What the gateway counts; labels are names of topics, kinds and services, never an id. */
export interface GatewayMetrics {
  published(topic: string, outcome: 'acknowledged' | 'failed', seconds: number): void
  limited(route: string, verdict: 'allowed' | 'refused' | 'unchecked'): void
  /** What became of a request that came with an idempotency key. */
  idempotent(verdict: 'first' | 'replayed' | 'running' | 'mismatch'): void
  /** State of the circuit breaker before a service behind, and what became of each call that it guards. */
  circuit(name: string, state: 'closed' | 'half_open' | 'open'): void
  circuitCall(name: string, result: 'success' | 'failure' | 'rejected'): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const createGatewayMetrics = (registers: Registry[]): GatewayMetrics => {
  const counter = createCounters(registers)
  const published = counter('baton_published_total', 'Publishes of accepted requests', ['topic', 'outcome'])
  const publishing = new Histogram({
    name: 'baton_publish_duration_seconds',
    help: 'Time until the log acknowledged',
    labelNames: ['topic'],
    buckets: SECONDS,
    registers,
  })
  const limited = counter('baton_rate_limit_total', 'Verdicts of the limiter', ['route', 'verdict'])
  const idempotent = counter('baton_idempotency_total', 'Requests with an idempotency key', ['verdict'])
  const breaker = new Gauge({
    name: 'baton_circuit_state',
    help: 'Circuit breaker before a service behind: 0 closed, 1 half open, 2 open',
    labelNames: ['circuit'],
    registers,
  })
  const guardedCalls = counter('baton_circuit_calls_total', 'Calls to services behind by what became of them', [
    'circuit',
    'result',
  ])

  return {
    published(topic, outcome, seconds) {
      published([topic, outcome])
      publishing.observe({ topic }, seconds)
    },
    limited: (route, verdict) => limited([route, verdict]),
    idempotent: (verdict) => idempotent([verdict]),
    circuit: (circuit, state) => breaker.set({ circuit }, { closed: 0, half_open: 1, open: 2 }[state]),
    circuitCall: (circuit, result) => guardedCalls([circuit, result]),
  }
}
