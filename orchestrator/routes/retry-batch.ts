import { createRoute } from '@hono/zod-openapi'
import { RetryRequest, RetryResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId, derivedId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { PlannedRequest, Planner } from '../planning.ts'
import { activeRun, type Book } from '../runs/model/book.ts'
import { essayNamer } from '../runs/model/essay-names.ts'
import type { RunStore, StartInput } from '../runs/port.ts'
import type { Settle } from '../settle.ts'
import { BatchPath, ownedBook } from './owned-book.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/batches/{batch_id}/retry',
  summary: 'Run again what did not succeed, or show what that would be',
  request: {
    params: BatchPath,
    body: { required: true, content: { 'application/json': { schema: RetryRequest } } },
  },
  responses: {
    200: { description: 'What would be run', content: { 'application/json': { schema: RetryResponse } } },
    202: { description: 'It is run, or will be', content: { 'application/json': { schema: RetryResponse } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'AUTHORIZATION_ERROR',
      'CONFLICT',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
    ),
  },
})

export interface RetryDeps {
  readonly store: Pick<RunStore, 'read' | 'request'>
  readonly settle: Settle
  readonly planner: Pick<Planner, 'planRequest'>
  readonly catalog: Catalog
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly readyWaitMs: number
  readonly requestMaxAgeMs: number
  /** Bytes of a request's data that are kept. */
  readonly maxRequestBytes: number
}

export const retryBatch = (app: App, deps: RetryDeps): void => {
  const { store, settle, planner, catalog, clock, readyWaitMs, requestMaxAgeMs, maxRequestBytes } = deps

  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const body = c.req.valid('json')
    const correlation_id = c.get('correlationId')
    const book = await ownedBook(store, batch_id, body.user_id)
    const request: PlannedRequest = {
      request_id: derivedId(batch_id, 'retry', body.request_id ?? correlation_id),
      correlation_id,
      requested_pipeline: pipelineOf(book, body, catalog),
      is_retry: true,
    }
    const message = messageOf(book, request, body)
    const { requested_pipeline } = request
    const base = { batch_id, correlation_id, requested_pipeline }

    if (body.dry_run) {
      if (activeRun(book) || book.pending) throw refused('run_active', 'A run of this batch is active.')
      const planned = await planner.planRequest(book, request, message)
      if (planned.decision === 'refuse') throw refused(planned.input.reason, planned.input.detail)
      const { plan_revision, phases } = planned.input
      return c.json({ ...base, status: 'preview' as const, run_id: null, plan_revision, phases: shown(phases) }, 200)
    }

    const requested = await store.request(batchId(batch_id), {
      ...request,
      user_id: body.user_id,
      message,
      assignment_id: null,
      prompt_ref: null,
      at: clock(),
      position: null,
      redrive_id: null,
      wait_ms: readyWaitMs,
      max_bytes: maxRequestBytes,
      max_age_ms: requestMaxAgeMs,
    })
    const { book: after } = await settle(batchId(batch_id), requested)
    const verdict = after.requests.find(({ request_id }) => request_id === request.request_id)
    if (!verdict || verdict.verdict === 'refused')
      throw refused(verdict?.reason ?? 'unknown_request', verdict?.detail ?? 'The request is no longer known.')
    const run = after.runs.find(({ run_id }) => run_id === verdict.run_id)
    const plan_revision = run?.plan_revision ?? null
    const phases = run ? shown(run.phases) : []
    return c.json({ ...base, status: verdict.verdict, run_id: verdict.run_id, plan_revision, phases }, 202)
  })
}

/** The phase that is named, else what was run last. */
const pipelineOf = (book: Book, { phase }: RetryRequest, catalog: Catalog): string => {
  if (phase && !catalog.phases.has(phase)) {
    const detail = `must be one of ${[...catalog.phases.keys()].sort().join(', ')}`
    const errors = [{ pointer: '/phase', detail }]
    throw new ProblemError({ code: 'VALIDATION_ERROR', detail: 'There is no such phase.', errors })
  }
  const pipeline = phase ?? book.runs.at(-1)?.requested_pipeline
  if (pipeline === undefined) throw refused('nothing_to_retry', 'Nothing of this batch was ever run.')
  return pipeline
}

/** Essays are named by their places in the registration: a retry of thousands must fit a message too. */
const messageOf = (book: Book, request: PlannedRequest, body: RetryRequest): string =>
  JSON.stringify({
    batch_id: book.batch_id,
    requested_pipeline: request.requested_pipeline,
    client_correlation_id: request.correlation_id,
    user_id: body.user_id,
    is_retry: true,
    retry_reason: body.reason,
    prompt_payload: null,
    selection: {
      essay_ids: body.essay_ids?.map(essayNamer(book.registration)) ?? null,
      plan_revision: body.plan_revision ?? null,
    },
  })

const shown = (phases: StartInput['phases']): RetryResponse['phases'] =>
  phases.map(({ phase, decision, reason, planned }) => ({ phase, decision, reason, essay_ids: [...planned] }))

const refused = (reason: string, detail: string): ProblemError => new ProblemError({ code: 'CONFLICT', reason, detail })
