import { createRoute, z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'
import { type DefineRequest, type DefineResponse, PlanPhase } from '../../shared/contracts/http/conductor.ts'
import { BatchActivity, type BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'
import { BatchPipelineRequest } from '../../shared/contracts/http/pipeline-request.ts'
import { PassingError } from '../../shared/errors.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { backoff, sleep } from '../../shared/retry.ts'
import { within } from '../../shared/within.ts'
import type { GatewayEnv } from '../env.ts'
import type { Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID } from './examples.ts'
import { json, jsonBody } from './json.ts'
import { BatchPath } from './path.ts'
import { knownPipeline } from './pipeline-name.ts'
import { BODY_PROBLEMS } from './problems.ts'

const PlanRequest = z
  .strictObject({
    requested_pipeline: ClientText(100),
    is_retry: z.boolean().default(false).openapi({ description: 'As if what did not succeed were asked for again' }),
    prompt_payload: BatchPipelineRequest.shape.prompt_payload,
  })
  .openapi('PlanRequest')

const Plan = z
  .object({
    batch_id: z.string(),
    requested_pipeline: z.string(),
    execution: z.enum(['sequential', 'parallel']),
    final_pipeline: z.array(z.string()).openapi({
      description: 'What would run, in order; empty when all is done already, and when a phase is blocked',
    }),
    phases: z.array(PlanPhase),
    summary: z.string(),
    revision: z.string().openapi({ description: 'Of the facts that the plan rests on' }),
    active: BatchActivity.nullable().optional().openapi({
      description:
        'What runs or waits now: until it has ended, a request would be refused. Null when nothing does; left out while that cannot be told',
    }),
  })
  .openapi('Plan')

const route = createRoute({
  method: 'post',
  path: '/v1/batches/{batch_id}/plans',
  summary: 'What a request would run and why; starts nothing',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: {
    params: BatchPath,
    body: jsonBody(PlanRequest, { requested_pipeline: 'nlp', prompt_payload: { assignment_id: 'a-1' } }),
  },
  responses: {
    200: {
      description: 'The plan as of now',
      ...json(Plan, {
        batch_id: BATCH_ID,
        requested_pipeline: 'nlp',
        execution: 'sequential',
        final_pipeline: ['nlp'],
        phases: [
          {
            phase: 'spellcheck',
            decision: 'skip',
            reason: 'already_completed',
            counts: { registered: 2, refused: 0, eligible: 2, succeeded: 2, failed: 0 },
            essay_count: 0,
            essay_ids: [],
          },
          {
            phase: 'nlp',
            decision: 'run',
            reason: 'not_started',
            counts: { registered: 2, refused: 0, eligible: 2, succeeded: 0, failed: 0 },
            essay_count: 2,
            essay_ids: ['anna', 'bo'],
          },
        ],
        summary: "Resolved 'nlp' pipeline to 1 steps",
        revision: '1795496612641292',
        active: null,
      }),
    },
    ...problemResponses(...BODY_PROBLEMS, 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'CATCHING_UP'),
  },
})

type Deps = Pick<GatewayDeps, 'conductor' | 'orchestrator' | 'catalog'> & { readonly owners: Owners }

/** How often a plan is asked for that rests on less than the orchestrator knows, and the pause before the next time. */
const TRIES = 5
const PAUSE = { baseMs: 50, capMs: 400 }

/** Milliseconds that the orchestrator may take: the conductor is asked in any case, and all of it together must stay bounded. */
const KNOWN_MS = 1_000
const late = () => new PassingError('orchestrator', `did not say within ${KNOWN_MS} ms what it knows of the batch`)

export const makePlan = (app: App<GatewayEnv>, { conductor, orchestrator, catalog, owners }: Deps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const { requested_pipeline, is_retry, prompt_payload } = c.req.valid('json')
    const correlation = c.get('correlationId')
    knownPipeline(catalog, requested_pipeline)
    await owners.require(batch_id, c.get('user'), correlation)
    const known = await asOrchestratorKnows(batch_id, correlation)
    const batch_metadata = {
      prompt_attached: Boolean(prompt_payload) || (known?.has_prompt ?? (await cameWithPrompt(batch_id, correlation))),
      prompt_source: prompt_payload ? (prompt_payload.assignment_id ? 'canonical' : 'cms') : 'context',
    }
    const { execution, final_pipeline, plan, analysis_summary, revision } = await planOn(known, {
      ...{ batch_id, requested_pipeline, is_retry, batch_metadata, correlation_id: correlation },
      after: known?.positions ?? [],
      with_essay_ids: true,
    })
    const asked = { batch_id, requested_pipeline, ...(known ? { active: known.active } : {}) }
    return c.json({ ...asked, execution, final_pipeline, phases: plan, summary: analysis_summary, revision }, 200)
  })

  /** Undefined while it is away, and where it does not know the batch any more. */
  const asOrchestratorKnows = async (batchId: string, correlation: string) => {
    try {
      return await within(KNOWN_MS, () => orchestrator.owner(batchId, correlation), late)
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) throw thrown
      return undefined
    }
  }

  /** Whether a prompt came with the registration. */
  const cameWithPrompt = async (batchId: string, correlation: string): Promise<boolean> => {
    const reference = (await conductor.status(batchId, correlation))?.details.student_prompt_ref
    return reference !== null && reference !== undefined
  }

  /** As a request of now would be planned: on no less than the orchestrator knows, which the conductor may still lack. */
  const planOn = async (known: BatchOwnerResponse | undefined, request: DefineRequest): Promise<DefineResponse> => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const made = await conductor.define(request)
      if (!known || !isBehind(made.batch, known)) return made
      await sleep(backoff(attempt, PAUSE))
    }
    throw new PassingError('catching_up', 'the conductor has not heard of what the orchestrator knows of this batch')
  }
}

const isBehind = ({ registered, content }: DefineResponse['batch'], known: BatchOwnerResponse): boolean =>
  !registered || (content === 'pending' && known.content !== 'pending')
