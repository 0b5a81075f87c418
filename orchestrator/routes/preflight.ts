import { createRoute, z } from '@hono/zod-openapi'
import { PreflightResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { derivedId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { CheckCredits } from '../credits.ts'
import type { PlannedRequest, Planner } from '../planning.ts'
import type { RunStore } from '../runs/port.ts'
import { BatchPath, bookOf } from './owned-book.ts'

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: PreflightResponse } },
})

const route = createRoute({
  method: 'post',
  path: '/internal/v1/batches/{batch_id}/pipelines/{phase}/preflight',
  summary: 'Whether a request would be run, and what it would cost; asking sends nothing',
  request: { params: BatchPath.extend({ phase: z.string().min(1).max(100) }) },
  responses: {
    200: answer('It would be run'),
    402: answer('There are not enough credits'),
    429: answer('Too much was asked for'),
    ...problemResponses(
      'INVALID_REQUEST',
      'AUTHENTICATION_ERROR',
      'CONFLICT',
      'RESOURCE_NOT_FOUND',
      'SERVICE_UNAVAILABLE',
    ),
  },
})

export interface PreflightDeps {
  readonly store: Pick<RunStore, 'read'>
  readonly planner: Pick<Planner, 'planRequest'>
  readonly checkCredits: CheckCredits
  readonly catalog: Catalog
}

export const preflight = (app: App, { store, planner, checkCredits, catalog }: PreflightDeps): void => {
  app.openapi(route, async (c) => {
    const { batch_id, phase } = c.req.valid('param')
    const correlation_id = c.get('correlationId')
    const book = await bookOf(store, batch_id)
    if (!catalog.resolve(phase))
      throw new ProblemError({
        code: 'INVALID_REQUEST',
        reason: 'unknown_pipeline',
        detail: 'There is no pipeline or phase of this name.',
      })
    const request: PlannedRequest = {
      request_id: derivedId(batch_id, 'preflight', correlation_id),
      correlation_id,
      requested_pipeline: phase,
      is_retry: false,
    }
    const message = JSON.stringify({ batch_id, requested_pipeline: phase, user_id: book.user_id })
    const planned = await planner.planRequest(book, request, message)
    if (planned.decision === 'refuse') {
      const { reason, detail } = planned.input
      throw new ProblemError({ code: 'CONFLICT', reason, detail })
    }
    const { allowed, reason, required, available, breakdown } = await checkCredits({
      userId: book.user_id ?? '',
      orgId: book.org_id,
      correlationId: correlation_id,
      input: planned.input,
    })
    const body = {
      allowed,
      ...(allowed ? {} : { denial_reason: reason }),
      batch_id,
      requested_pipeline: phase,
      resolved_pipeline: planned.input.phases.filter(({ decision }) => decision === 'run').map((one) => one.phase),
      required_credits: required,
      available_credits: available,
      resource_breakdown: breakdown,
      correlation_id,
    }
    if (allowed) return c.json(body, 200)
    return reason === 'rate_limit_exceeded' ? c.json(body, 429) : c.json(body, 402)
  })
}
