import { createRoute, z } from '@hono/zod-openapi'
import { SetPromptRequest, SetPromptResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { PublishOutbox } from '../outbox.ts'
import type { RunStore } from '../runs/port.ts'
import { BatchPath, ownedBook } from './owned-book.ts'

const route = createRoute({
  method: 'patch',
  path: '/v1/batches/{batch_id}/prompt',
  summary: 'Replace the prompt that later runs of a batch work with',
  request: {
    params: BatchPath,
    headers: z.object({ 'x-user-id': z.string().max(255).optional() }),
    body: { required: true, content: { 'application/json': { schema: SetPromptRequest } } },
  },
  responses: {
    200: { description: 'It is replaced', content: { 'application/json': { schema: SetPromptResponse } } },
    ...problemResponses(
      'INVALID_REQUEST',
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

export interface SetPromptDeps {
  readonly store: Pick<RunStore, 'read' | 'prompt'>
  readonly publish: PublishOutbox
}

export const setPrompt = (app: App, { store, publish }: SetPromptDeps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const userId = c.req.valid('header')['x-user-id']
    if (!userId)
      throw new ProblemError({ code: 'AUTHENTICATION_ERROR', reason: 'missing_user', detail: 'X-User-ID is missing.' })
    await ownedBook(store, batch_id, userId)
    const { student_prompt_ref } = c.req.valid('json')
    if (!student_prompt_ref.references.student_prompt_text)
      throw new ProblemError({
        code: 'INVALID_REQUEST',
        reason: 'prompt_missing',
        detail: 'The reference names no prompt.',
        errors: [{ pointer: '/student_prompt_ref/references/student_prompt_text', detail: 'is missing' }],
      })
    const set = await store.prompt(batchId(batch_id), {
      correlation_id: c.get('correlationId'),
      prompt_ref: JSON.stringify(student_prompt_ref),
    })
    // Answered only once the log has it (invariant 3), also when a repeat finds it set but not yet said.
    await publish(batchId(batch_id), set)
    if (set.reply !== 'noted')
      throw new ProblemError({ code: 'CONFLICT', reason: 'run_active', detail: 'A run of this batch is active.' })
    return c.json({ status: 'success' as const, batch_id, student_prompt_ref }, 200)
  })
}
