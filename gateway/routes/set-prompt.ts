import { createRoute } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import { passOn } from '../pass-on.ts'
import type { GatewayDeps } from '../ports.ts'
import { PromptRequest, PromptSet } from '../prompt.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, PROMPT_REF } from './examples.ts'
import { json, jsonBody } from './json.ts'
import { BatchPath } from './path.ts'
import { CHANGE_PROBLEMS } from './problems.ts'

const route = createRoute({
  method: 'patch',
  path: '/v1/batches/{batch_id}/prompt',
  summary: 'Replace the prompt that later runs work with',
  ...access('batches:write', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, body: jsonBody(PromptRequest, { student_prompt_ref: PROMPT_REF }) },
  responses: {
    200: {
      description: 'It is replaced',
      ...json(PromptSet, { status: 'success', batch_id: BATCH_ID, student_prompt_ref: PROMPT_REF }),
    },
    ...problemResponses(...CHANGE_PROBLEMS, 'SERVICE_UNAVAILABLE'),
  },
})

export const setPrompt = (app: App<GatewayEnv>, { orchestrator }: Pick<GatewayDeps, 'orchestrator'>): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
    return c.json(await passOn(route, orchestrator.setPrompt(batch_id, c.req.valid('json'), caller)), 200)
  })
}
