import { createRoute } from '@hono/zod-openapi'
import { DefineRequest, DefineResponse } from '../../shared/contracts/http/conductor.ts'
import { asError, PassingError } from '../../shared/errors.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId, normalizeUuid } from '../../shared/ids.ts'
import type { EventLog } from '../../shared/log/port.ts'
import type { Catalog, Pipeline } from '../../shared/pipelines/catalog.ts'
import { partitionName } from '../../shared/store/marker/key.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { ConductorMetrics } from '../../shared/telemetry/metrics.ts'
import { resolutionFailed } from '../dead-letters/resolution-failed.ts'
import { NAMED, withEssayIds } from '../planning/essay-ids.ts'
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
  readonly log: Pick<EventLog, 'publish'>
  readonly logger: Logger
  readonly readWhenReached: ReadWhenReached
  readonly metrics: Pick<ConductorMetrics, 'resolution'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Milliseconds that a caller may wait longer for its refusal, until the dead letter is written. */
const LETTER_LIMIT_MS = 5_000

/**
 * One read of the store and a pure plan; asking changes nothing, and sends nothing (design section 7) but the dead letter of a
 * resolution that failed.
 */
export const definePipeline = (app: App, deps: DefineDeps): void => {
  const { catalog, readWhenReached, metrics, clock, log, logger } = deps

  /** The answer does not depend on it: a log that is away is noted. */
  const bury = async (body: DefineRequest, reason: string, detail: string): Promise<void> => {
    const { batch_id: batchId, requested_pipeline: requestedPipeline } = body
    const correlationId = normalizeUuid(body.correlation_id) ?? body.correlation_id
    const letter = resolutionFailed({ batchId, requestedPipeline, correlationId, reason, detail, at: clock() })
    try {
      await log.publish([letter], { timeoutMs: LETTER_LIMIT_MS })
    } catch (thrown) {
      logger.error({ batch_id: batchId, reason, err: asError(thrown).message }, 'failed resolution is no dead letter')
    }
  }

  const answer = async (body: DefineRequest, pipeline: Pipeline): Promise<DefineResponse> => {
    const after = body.after.map((position) => ({ partition: partitionName(position), offset: position.offset }))
    const named = body.with_essay_ids ? NAMED : 0
    const snapshot = await readWhenReached(batchId(body.batch_id), after, { named })
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
      plan: body.with_essay_ids ? withEssayIds(plan, pipeline, snapshot.named) : [...plan.phases],
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
      const refusal = unknownPipeline(body.requested_pipeline, catalog)
      await bury(body, 'unknown_pipeline', refusal.message)
      throw refusal
    }
    try {
      const response = await answer(body, pipeline)
      count('success')
      return c.json(response, 200)
    } catch (thrown) {
      count(thrown instanceof PassingError ? thrown.source : 'critical_failure')
      // What passes is asked again by its caller.
      if (!(thrown instanceof PassingError)) await bury(body, 'critical_failure', asError(thrown).message)
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
