import createFetch from 'openapi-fetch'
import { browserWake, type WakeHook } from './live/backoff.ts'
import { readEvents } from './live/events.ts'
import { followBatch, type LiveBatch, type Polled } from './live/follow-batch.ts'
import { followBatches, type LiveBatches } from './live/follow-batches.ts'
import type { paths } from './openapi.ts'
import { createOperations } from './operations.ts'
import { createPatience } from './patience.ts'
import { ProblemError, problemOf, UnreachableError } from './problem.ts'
import { createSignedFetch, type Fetch, type TokenHook } from './signed-fetch.ts'
import type {
  Accepted,
  Batches,
  BatchesQuery,
  BatchStatus,
  Cancelled,
  Essays,
  EssaysQuery,
  Pipeline,
  PipelineRequest,
  Plan,
  PlanRequest,
  PromptRequest,
  PromptSet,
  RegisterBatchRequest,
  Registered,
  Retried,
  RetryRequest,
  Role,
  Runs,
} from './types.ts'
import { createUpload } from './upload.ts'

export interface BatonOptions {
  /** Where the gateway is; the page's own origin by default. */
  readonly baseUrl?: string
  readonly token?: TokenHook
  readonly fetch?: Fetch
  readonly onWake?: WakeHook
}

/**
 * The gateway's API. Every call resolves with the answer's body, and rejects with a ProblemError (the gateway said no) or
 * an UnreachableError (no answer came). Registrations, requests, retries and cancels are sent under an Idempotency-Key, so that
 * trying them again has one effect; uploads and redrives are tried again only when they were refused.
 */
export const createBaton = (options: BatonOptions = {}) => {
  const { baseUrl = globalThis.location?.origin ?? '', onWake = browserWake } = options
  const send = options.fetch ?? ((request: Request) => fetch(request))
  const signed = createSignedFetch(options.token ?? (() => undefined), send)
  const api = createFetch<paths>({ baseUrl, fetch: signed })
  const patiently = createPatience(onWake)

  const pollStatus = async (batchId: string, etag: string | undefined, signal: AbortSignal): Promise<Polled> => {
    const { data, error, response } = await api.GET('/v1/batches/{batch_id}/status', {
      params: { path: { batch_id: batchId }, header: etag === undefined ? {} : { 'if-none-match': etag } },
      cache: 'no-store',
      signal,
    })
    if (response.status === 304) return { snapshot: undefined, etag }
    if (data === undefined) throw problemOf(response, error)
    return { snapshot: data, etag: response.headers.get('etag') ?? undefined }
  }

  return {
    /** Registers a batch of essays. */
    register: (body: RegisterBatchRequest): Promise<Registered> => {
      const header = { 'idempotency-key': newKey() }
      return patiently(() => api.POST('/v1/batches/register', { body, params: { header } }))
    },
    /** Asks for a pipeline; what becomes of it stands in the status, by the answer's correlation id. */
    requestPipeline: (batchId: string, body: PipelineRequest): Promise<Accepted> => {
      const params = { path: { batch_id: batchId }, header: { 'idempotency-key': newKey() } }
      return patiently(() => api.POST('/v1/batches/{batch_id}/pipelines', { body, params }))
    },
    /** Runs again what did not succeed; with `dry_run` only shows what that would be. */
    retry: (batchId: string, body: RetryRequest): Promise<Retried> => {
      const params = { path: { batch_id: batchId }, header: { 'idempotency-key': newKey() } }
      return patiently(() => api.POST('/v1/batches/{batch_id}/retry', { body, params }))
    },
    /** Ends the active run, or the request that waits; given a run, only that one. */
    cancel: (batchId: string, runId?: string): Promise<Cancelled> => {
      const params = { path: { batch_id: batchId }, header: { 'idempotency-key': newKey() } }
      const body = runId === undefined ? {} : { run_id: runId }
      return patiently(() => api.POST('/v1/batches/{batch_id}/cancel', { body, params }))
    },
    /** What a request would run and why; starts nothing. */
    plan: (batchId: string, body: PlanRequest): Promise<Plan> => {
      const params = { path: { batch_id: batchId } }
      return patiently(() => api.POST('/v1/batches/{batch_id}/plans', { body, params }))
    },
    /** Uploads essays of a batch and tells how far it is. */
    upload: createUpload(api, patiently),
    /** Replaces the prompt that later runs work with. */
    setPrompt: (batchId: string, body: PromptRequest): Promise<PromptSet> => {
      const params = { path: { batch_id: batchId } }
      return patiently(() => api.PATCH('/v1/batches/{batch_id}/prompt', { body, params }))
    },
    /** A page of one's batches, newest first. */
    batches: (query: BatchesQuery = {}): Promise<Batches> =>
      patiently(() => api.GET('/v1/batches', { params: { query } })),
    /** A page of a batch's essays. */
    essays: (batchId: string, query: EssaysQuery = {}): Promise<Essays> =>
      patiently(() => api.GET('/v1/batches/{batch_id}/essays', { params: { path: { batch_id: batchId }, query } })),
    /** A batch's last 20 runs and requests, newest first. */
    runs: (batchId: string): Promise<Runs> =>
      patiently(() => api.GET('/v1/batches/{batch_id}/runs', { params: { path: { batch_id: batchId } } })),
    /** What can be asked for. */
    pipelines: async (): Promise<readonly Pipeline[]> => (await patiently(() => api.GET('/v1/pipelines'))).pipelines,
    /** How a batch stands now, with its first 100 essays. */
    status: (batchId: string): Promise<BatchStatus> =>
      patiently(() => api.GET('/v1/batches/{batch_id}/status', { params: { path: { batch_id: batchId } } })),
    /** Tells the listener every change of a batch, at once and for as long as nobody calls the answer. */
    follow: (batchId: string, listener: (live: LiveBatch) => void): (() => void) =>
      followBatch(
        {
          events: (input) =>
            readEvents(signed, { ...input, url: `${baseUrl}/v1/batches/${encodeURIComponent(batchId)}/events` }),
          poll: (etag, signal) => pollStatus(batchId, etag, signal),
          onWake,
        },
        listener,
      ),
    /** Tells the listener every change of one's 100 newest batches, and of those that are registered meanwhile. */
    followAll: (listener: (live: LiveBatches) => void): (() => void) =>
      followBatches(
        {
          events: (input) => readEvents(signed, { ...input, after: undefined, url: `${baseUrl}/v1/events` }),
          poll: async (signal) => {
            const { data, error, response } = await api.GET('/v1/batches', {
              params: { query: { limit: 100 } },
              signal,
            })
            if (data === undefined) throw problemOf(response, error)
            return data.batches
          },
          onWake,
        },
        listener,
      ),
    operations: createOperations(api, patiently),
    /** A token for anybody, where the gateway gives them (in development only). */
    devToken: async (userId: string, roles?: readonly Role[]): Promise<string> => {
      const body = roles === undefined ? { user_id: userId } : { user_id: userId, roles: [...roles] }
      return (await patiently(() => api.POST('/dev/token', { body }))).access_token
    },
  }
}
export type Baton = ReturnType<typeof createBaton>

/** `crypto.randomUUID` exists on secure pages only; random bytes exist everywhere. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export { ProblemError, UnreachableError }
