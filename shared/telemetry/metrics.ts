import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { HttpMetrics } from '../http/ports.ts'
import type { DeadLetterReason } from '../log/dead-letter.ts'
import type { ProcessorMetrics } from '../log/processor.ts'
import { type ConductorMetrics, createConductorMetrics } from './conductor-metrics.ts'
import { createCounters } from './counters.ts'
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts'
import { type MetricFact, metricFactsOf } from './metric-facts.ts'
import { createScriptTimer, type ScriptTimer } from './script-metrics.ts'
import { createStreamMetrics, type StreamMetrics } from './stream-metrics.ts'

export type { ConductorMetrics }

/** Every metric that a service of ours exports, in one place; services take the part of it that they need. */
export interface Metrics {
  readonly http: HttpMetrics
  readonly processor: ProcessorMetrics
  readonly conductor: ConductorMetrics
  readonly orchestrator: OrchestratorMetrics
  readonly gateway: GatewayMetrics
  readonly streams: StreamMetrics
  readonly marker: MarkerMetrics
  /** For the client of Redis. */
  readonly scripts: ScriptTimer
  /** Consumer lag of a group by topic, read when it is asked for. */
  lag(group: string, read: () => readonly { readonly topic: string; readonly lag: number | undefined }[]): void
  exposition(): Promise<{ readonly contentType: string; readonly text: string }>
  /** Every metric that there is, also one that counts nothing yet. */
  facts(): readonly MetricFact[]
}

export interface OrchestratorMetrics {
  request(verdict: string, reason: string): void
  commanded(phase: string): void
  ended(pipeline: string, status: string): void
  /** Entries that a sweep published since whoever made them did not. */
  swept(count: number): void
  /** What became of books that nothing was heard of for long, and those that came back from the archive. */
  archived(outcome: string): void
  recalled(): void
  /** State of a circuit breaker, and what became of each call that it guards. */
  circuit(name: string, state: 'closed' | 'half_open' | 'open'): void
  circuitCall(name: string, result: 'success' | 'failure' | 'rejected'): void
  /** What waits now, by kind of timer, and how much of it should have been swept; read when it is asked for. */
  waiting(
    read: () => Promise<readonly { readonly kind: string; readonly count: number; readonly overdue: number }[]>,
  ): void
}

export interface MarkerMetrics {
  /** A marker lay behind what this consumer last wrote, or was gone. */
  mismatch(group: string): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const createMetrics = (service: string): Metrics => {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  const registers = [registry]
  const counter = createCounters(registers)
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers })

  const requests = counter('baton_http_requests_total', 'Requests by route pattern and status', [
    'method',
    'route',
    'status',
  ])
  const durations = histogram('baton_http_request_duration_seconds', 'Time to answer', ['method', 'route'])
  let inFlight = 0
  new Gauge({
    name: 'baton_http_requests_in_flight',
    help: 'Requests that are being answered now, that for the metrics included; a stream that is open counts elsewhere',
    registers,
    collect() {
      this.set(inFlight)
    },
  })
  const problems = counter('baton_http_problems_total', 'Answers that are problems, by code', ['route', 'code'])
  const deadLetters = counter('baton_dead_letters_total', 'Records that became dead letters', ['topic', 'reason'])
  const held = counter('baton_partition_held_total', 'Tries of a fetch that a passing failure holds', [
    'topic',
    'source',
  ])
  const verdicts = counter('baton_requests_total', 'Pipeline requests by verdict', ['verdict', 'reason'])
  const commands = counter('baton_phase_commands_total', 'Phases commanded', ['phase'])
  const runs = counter('baton_runs_ended_total', 'Runs by how they ended', ['pipeline', 'status'])
  const swept = counter('baton_outbox_swept_total', 'Messages published by the sweeper', [])
  const books = counter('baton_books_archived_total', 'Books of runs that were to leave the store, by outcome', [
    'outcome',
  ])
  const recalled = counter('baton_books_recalled_total', 'Books of runs that came back from the archive', [])
  const circuit = new Gauge({
    name: 'batch_orchestrator_service_circuit_breaker_state',
    help: '0 closed, 1 half open, 2 open',
    labelNames: ['circuit_name'],
    registers,
  })
  const circuitChanges = counter('batch_orchestrator_service_circuit_breaker_state_changes_total', 'Changes of state', [
    'circuit_name',
    'to_state',
  ])
  const circuitCalls = counter(
    'batch_orchestrator_service_circuit_breaker_calls_total',
    'Calls by what became of them',
    ['circuit_name', 'result'],
  )
  const mismatches = counter('baton_marker_mismatch_total', 'Markers that lay behind what was last written', ['group'])

  let ofProcess = false
  /** The process's own metrics begin when somebody first asks: to set them up takes a tenth of a start, measured. */
  const whole = (): Registry => {
    if (!ofProcess) collectDefaultMetrics({ register: registry })
    ofProcess = true
    return registry
  }

  const groups = new Map<string, Parameters<Metrics['lag']>[1]>()
  new Gauge({
    name: 'baton_consumer_lag',
    help: 'Records not applied yet, by consumer group and topic',
    labelNames: ['group', 'topic'],
    registers,
    collect() {
      // Partitions move between members: what another one has taken over is no longer told here.
      this.reset()
      for (const [group, read] of groups) {
        const sums = new Map<string, number>()
        for (const { topic, lag } of read()) sums.set(topic, (sums.get(topic) ?? 0) + (lag ?? 0))
        for (const [topic, lag] of sums) this.set({ group, topic }, lag)
      }
    },
  })

  return {
    http: {
      request(method, route, status, seconds) {
        requests([method, route, String(status)])
        durations.observe({ method, route }, seconds)
      },
      inFlight(change) {
        inFlight += change
      },
      problem: (route, code) => problems([route, code]),
    },
    processor: {
      deadLettered: (topic: string, reason: DeadLetterReason) => deadLetters([topic, reason]),
      held: (topic, source) => held([topic, source]),
    },
    conductor: createConductorMetrics(registers, SECONDS),
    orchestrator: {
      request: (verdict, reason) => verdicts([verdict, reason]),
      commanded: (phase) => commands([phase]),
      ended: (pipeline, status) => runs([pipeline, status]),
      swept: (count) => swept([], count),
      archived: (outcome) => books([outcome]),
      recalled: () => recalled([]),
      circuit(circuit_name, state) {
        circuit.set({ circuit_name }, { closed: 0, half_open: 1, open: 2 }[state])
        circuitChanges([circuit_name, state])
      },
      circuitCall: (circuit_name, result) => circuitCalls([circuit_name, result]),
      waiting(read) {
        const gauge = (name: string, help: string, field: 'count' | 'overdue') =>
          new Gauge({
            name,
            help,
            labelNames: ['kind'],
            registers,
            async collect() {
              // A store that is away is told by readiness; the other figures are still wanted.
              for (const one of await read().catch(() => [])) this.set({ kind: one.kind }, one[field])
            },
          })
        gauge('baton_waiting', 'What waits, by kind: outbox, wait, deadline, held', 'count')
        gauge('baton_overdue', 'What of it should have been swept', 'overdue')
      },
    },
    gateway: createGatewayMetrics(registers),
    streams: createStreamMetrics(registers),
    scripts: createScriptTimer(registers),
    marker: { mismatch: (group) => mismatches([group]) },
    lag(group, read) {
      groups.set(group, read)
    },
    exposition: async () => ({ contentType: registry.contentType, text: await whole().metrics() }),
    facts: () => metricFactsOf(whole()),
  }
}
