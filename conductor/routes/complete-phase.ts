import { createRoute } from '@hono/zod-openapi'
import { PhaseName } from '../../shared/contracts/enums.ts'
import { CompletePhaseRequest, CompletePhaseResponse } from '../../shared/contracts/http/operations.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { App } from '../../shared/http/app.ts'
import { type Audit, deciderOf } from '../../shared/http/audit.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId, derivedId, eventId } from '../../shared/ids.ts'
import type { EventLog } from '../../shared/log/port.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { partitionName } from '../../shared/store/marker/key.ts'
import type { BatchStore } from '../state/port.ts'
import type { ReadWhenReached } from '../state/read-when-reached.ts'
import { wholeBatch } from '../state/whole-batch.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/phases/complete',
  summary: 'Mark a phase of a batch as done, or as failed: facts only, no run moves on',
  request: { body: { required: true, content: { 'application/json': { schema: CompletePhaseRequest } } } },
  responses: {
    200: { description: 'It counts', content: { 'application/json': { schema: CompletePhaseResponse } } },
    ...problemResponses(
      'INVALID_REQUEST',
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

export interface CompletePhaseDeps {
  readonly store: Pick<BatchStore, 'read' | 'essays'>
  readonly readWhenReached: ReadWhenReached
  readonly log: Pick<EventLog, 'publish'>
  readonly catalog: Catalog
  readonly audit: Audit
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Answers when the mark is applied: a plan that is asked for next counts with it. */
export const completePhase = (app: App, deps: CompletePhaseDeps): void => {
  const { store, readWhenReached, log, catalog, audit, clock } = deps

  app.openapi(route, async (c) => {
    const { batch_id, phase_name, success } = c.req.valid('json')
    const id = batchId(batch_id)
    const names = new Set([...catalog.phases.keys(), ...PhaseName.options])
    if (!names.has(phase_name)) throw unknownPhase(names)
    const { snapshot, essays } = await wholeBatch(store, id)
    if (snapshot.registration === null)
      throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.' })

    const decider = deciderOf(c)
    const { service, userId, correlationId } = decider
    const positions = await log.publish([
      messageOf({
        topic: TOPICS.phaseMarked,
        batchId: id,
        eventId: eventId(derivedId('phase_marked', correlationId, batch_id, phase_name, String(success))),
        correlationId,
        source: SENDERS.conductor,
        at: clock(),
        data: {
          batch_id,
          phase_name,
          success,
          essay_ids: essays.map(({ essayId }) => essayId),
          marked_by: service,
          user_id: userId,
        },
      }),
    ])
    audit('phase_marked', decider, { batch_id, phase: phase_name, success, essay_count: essays.length })
    await readWhenReached(
      id,
      positions.map((position) => ({ partition: partitionName(position), offset: position.offset })),
    )
    return c.json({ status: 'recorded' as const, batch_id, phase_name }, 200)
  })
}

const unknownPhase = (names: ReadonlySet<string>): ProblemError =>
  new ProblemError({
    code: 'VALIDATION_ERROR',
    detail: 'There is no such phase.',
    errors: [{ pointer: '/phase_name', detail: `must be one of: ${[...names].sort().join(', ')}` }],
  })
