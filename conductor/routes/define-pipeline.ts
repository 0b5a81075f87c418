import { createRoute } from '@hono/zod-openapi'
import { DefineRequest, DefineResponse } from '../../shared/contracts/http/conductor.ts'
import { PassingError } from '../../shared/errors.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { Catalog, Pipeline } from '../../shared/pipelines/catalog.ts'
import { partitionName } from '../../shared/store/marker/key.ts'
import type { ConductorMetrics } from '../../shared/telemetry/metrics.ts'
import { makePlan } from '../planning/plan.ts'
import { promptAttached } from '../planning/prompt.ts'
import { planToken } from '../planning/token.ts'
import { PROJECTED_TOPICS } from '../projections/index.ts'
import type { ReadWhenReached } from '../state/read-when-reached.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/pipelines/define',
  summary: 'What would run for a batch, and why',
  request: { body: { required: true, content: { 'application/json': { schema: DefineRequest } } } },
  responses: {
    200: {
      description: 'The plan; `final_pipeline` is empty when nothing is left to do, or when something is blocked',
      content: { 'application/json': { schema: DefineResponse } },
    },
    ...problemResponses(
      'INVALID_REQUEST',
      'AUTHENTICATION_ERROR',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

export interface DefineDeps {
  readonly catalog: Catalog
  readonly readWhenReached: ReadWhenReached
  readonly metrics: Pick<ConductorMetrics, 'resolution'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One read of the store and a pure plan; asking changes nothing and sends nothing (design section 7). */
export const definePipeline = (app: App, { catalog, readWhenReached, metrics, clock }: DefineDeps): void => {
  const answer = async (body: DefineRequest, pipeline: Pipeline): Promise<DefineResponse> => {
    const after = body.after.map((position) => ({ partition: partitionName(position), offset: position.offset }))
    const snapshot = await readWhenReached(batchId(body.batch_id), after)
    const { registration, content, tally, factsRevision } = snapshot
    const isRegistered = registration !== null
    const hasPrompt = promptAttached(body.batch_metadata)
    const plan = makePlan({ pipeline, tally, isRegistered, content, hasPrompt, isRetry: body.is_retry })
    return {
      batch_id: body.batch_id,
      final_pipeline: [...plan.finalPipeline],
      analysis_summary: `Resolved '${body.requested_pipeline}' pipeline to ${plan.finalPipeline.length} steps`,
      requested_pipeline: body.requested_pipeline,
      execution: pipeline.execution,
      plan: [...plan.phases],
      revision: factsRevision,
      plan_token: planToken(factsRevision, plan),
      batch: {
        registered: isRegistered,
        content,
        user_id: registration?.userId ?? null,
        org_id: registration?.orgId ?? null,
      },
    }
  }

  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    refuseUnknownTopics(body)
    const started = clock()
    const pipeline = catalog.resolve(body.requested_pipeline)
    const count = (outcome: string) =>
      metrics.resolution(pipeline ? body.requested_pipeline : 'unknown', outcome, (clock() - started) / 1_000)
    if (!pipeline) {
      count('unknown_pipeline')
      throw unknownPipeline(body.requested_pipeline, catalog)
    }
    try {
      const response = await answer(body, pipeline)
      count('success')
      return c.json(response, 200)
    } catch (thrown) {
      count(thrown instanceof PassingError ? thrown.source : 'critical_failure')
      throw thrown
    }
  })
}

/** 400, as the original answers a name that it does not have; the names that there are stand beside it. */
const unknownPipeline = (requested: string, { pipelines, phases }: Catalog): ProblemError => {
  const names = [...new Set([...pipelines.keys(), ...phases.keys()])].sort()
  return new ProblemError({
    code: 'INVALID_REQUEST',
    reason: 'unknown_pipeline',
    detail: `There is no pipeline or phase '${requested}'.`,
    errors: [{ pointer: '/requested_pipeline', detail: `must be one of: ${names.join(', ')}` }],
  })
}

/** A position of a topic that is not projected would be waited for in vain. */
const refuseUnknownTopics = ({ after }: DefineRequest): void => {
  const errors = after.flatMap(({ topic }, i) =>
    PROJECTED_TOPICS.includes(topic)
      ? []
      : [{ pointer: `/after/${i}/topic`, detail: 'is not a topic that is projected' }],
  )
  if (errors.length > 0)
    throw new ProblemError({ code: 'VALIDATION_ERROR', detail: 'A position cannot be waited for: see errors.', errors })
}
