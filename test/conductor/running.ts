import type { DeadLetterStore } from '../../conductor/dead-letters/port.ts'
import { createEmbeddedOwnedIndex } from '../../conductor/owned/embedded.ts'
import { createConductor } from '../../conductor/service.ts'
import type { BatchStore } from '../../conductor/state/port.ts'
import { DefineResponse, StatusResponse } from '../../shared/contracts/http/conductor.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { EventLog, Position } from '../../shared/log/port.ts'
import type { MarkerStore } from '../../shared/store/marker/port.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createMetrics, type Metrics } from '../../shared/telemetry/metrics.ts'
import { silent } from '../support/silent.ts'
import { CORRELATION } from './messages.ts'
import { catalog, KEY } from './support.ts'

export interface Parts {
  readonly log: EventLog
  readonly store: BatchStore
  readonly markers: MarkerStore
  readonly deadLetters: DeadLetterStore
}

interface Options {
  readonly metrics?: Metrics
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/** A conductor as its process would have it, looking after its markers often. */
export const conductorOf = (parts: Parts, options: Options = {}) =>
  createConductor({
    ...parts,
    owned: createEmbeddedOwnedIndex(openDatabase(':memory:')),
    config: { CATCH_UP_WAIT_MS: 4_000, SLOW_REQUEST_MS: 10_000, ENVIRONMENT: 'test', STATE_EXPIRY_DAYS: 30 },
    version: '0',
    logger: silent,
    context: createCorrelationContext(),
    catalog,
    metrics: createMetrics('conductor'),
    ...options,
    internalKeys: [KEY],
    storeWarnings: async () => ['appendonly is off'],
    markerEveryMs: 20,
  })
export type Conductor = ReturnType<typeof conductorOf>

/** What an internal caller sends. */
export const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json' }
/** The plan for a batch; throws what is no plan. */
export const define = async (one: Conductor, id: BatchId, after: readonly Position[]) => {
  const body = {
    batch_id: id,
    requested_pipeline: 'nlp',
    correlation_id: CORRELATION,
    after,
    batch_metadata: { prompt_attached: true },
  }
  const response = await one.app.request('/internal/v1/pipelines/define', {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
  return DefineResponse.parse(await response.json())
}
/** How a batch stands; undefined where that cannot be told. */
export const status = async (one: Conductor, id: BatchId) => {
  const response = await one.app.request(`/internal/v1/batches/${id}/status`, { headers })
  return response.ok ? StatusResponse.parse(await response.json()) : undefined
}
