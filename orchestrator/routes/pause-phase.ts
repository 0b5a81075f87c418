import { createRoute, z } from '@hono/zod-openapi'
import { PausedResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { RunStore } from '../runs/port.ts'

const answers = {
  200: { description: 'The phases that are paused now', content: { 'application/json': { schema: PausedResponse } } },
  ...problemResponses('AUTHENTICATION_ERROR', 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE'),
}

const route = createRoute({
  method: 'post',
  path: '/internal/v1/phases/{phase}/{verb}',
  summary: 'Hold every run back before a phase, or let all go on; what is under way is not touched',
  request: { params: z.object({ phase: z.string().min(1).max(100), verb: z.enum(['pause', 'resume']) }) },
  responses: { ...answers, ...problemResponses('VALIDATION_ERROR') },
})

const listRoute = createRoute({
  method: 'get',
  path: '/internal/v1/phases/paused',
  summary: 'The phases that are paused',
  responses: answers,
})

export interface PauseDeps {
  readonly store: Pick<RunStore, 'pause' | 'resume' | 'paused'>
  readonly catalog: Catalog
}

export const pausePhase = (app: App, { store, catalog }: PauseDeps): void => {
  app.openapi(listRoute, async (c) => c.json({ paused: [...(await store.paused())] }, 200))
  app.openapi(route, async (c) => {
    const { phase, verb } = c.req.valid('param')
    if (!catalog.phases.has(phase))
      throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_phase', detail: 'There is no such phase.' })
    await store[verb](phase)
    return c.json({ paused: [...(await store.paused())] }, 200)
  })
}
