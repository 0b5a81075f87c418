import { DefineResponse, PlanEssaysPage } from '../shared/contracts/http/conductor.ts'
import { type JsonClient, UpstreamError } from '../shared/http/client.ts'
import type { Guarded } from '../shared/http/resilience.ts'
import type { Position } from '../shared/log/port.ts'

export interface DefineCall {
  readonly batchId: string
  readonly requestedPipeline: string
  readonly correlationId: string
  readonly isRetry: boolean
  readonly prompt: Readonly<Record<string, unknown>>
  /** Records that the conductor must have applied before it plans. */
  readonly after: readonly Position[]
}

/** What the orchestrator asks of the conductor. Every call may reject with a PassingError. */
export interface ConductorClient {
  define(call: DefineCall): Promise<DefineResponse>
  /** A page of the plan's essays; undefined when the facts have moved on since the plan was made. */
  essays(
    batchId: string,
    planToken: string,
    cursor: string | null,
    correlationId: string,
  ): Promise<PlanEssaysPage | undefined>
}

/** The conductor waits up to 4 s for what `after` names. */
const DEFINE_TIMEOUT_MS = 6_000

/** Every call goes through `guarded`: tried again, and given up for a while when the conductor fails again and again. */
export const createConductorClient = (client: JsonClient, guarded: Guarded): ConductorClient => ({
  define: ({ batchId, requestedPipeline, correlationId, isRetry, prompt, after }) =>
    guarded(() =>
      client.call({
        method: 'POST',
        path: '/internal/v1/pipelines/define',
        body: {
          batch_id: batchId,
          requested_pipeline: requestedPipeline,
          correlation_id: correlationId,
          batch_metadata: prompt,
          is_retry: isRetry,
          // All of them are read afterwards, with their texts.
          with_essay_ids: false,
          after,
        },
        schema: DefineResponse,
        correlationId,
        timeoutMs: DEFINE_TIMEOUT_MS,
      }),
    ),
  async essays(batchId, planToken, cursor, correlationId) {
    const query = new URLSearchParams({ plan: planToken, ...(cursor === null ? {} : { cursor }) })
    try {
      return await guarded(() =>
        client.call({
          method: 'GET',
          path: `/internal/v1/batches/${encodeURIComponent(batchId)}/essays?${query}`,
          schema: PlanEssaysPage,
          correlationId,
        }),
      )
    } catch (thrown) {
      if (thrown instanceof UpstreamError && thrown.status === 409) return undefined
      throw thrown
    }
  },
})
