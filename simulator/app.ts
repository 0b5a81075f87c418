import { createRoute, z } from '@hono/zod-openapi'
import { type App, createApp } from '../shared/http/app.ts'
import { addHealth, type HealthOptions } from '../shared/http/health.ts'
import { internalKey } from '../shared/http/internal-key.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import { ProblemError } from '../shared/http/problem.ts'
import { problemResponses } from '../shared/http/problem-responses.ts'
import type { Pauses } from './pauses.ts'

const Stages = z.object({
  stages: z.array(z.object({ stage: z.string(), paused: z.boolean() })),
  /** Answers that are not whole yet, since some of their words are late. */
  late: z.int(),
})

const answers = {
  200: { description: 'Every stage, and whether it is paused', content: { 'application/json': { schema: Stages } } },
  ...problemResponses('AUTHENTICATION_ERROR'),
}

const listRoute = createRoute({
  method: 'get',
  path: '/v1/stages',
  summary: 'What is played: phases, content, student matching',
  responses: answers,
})

const route = createRoute({
  method: 'post',
  path: '/v1/stages/{stage}/{verb}',
  summary: 'Let a specialist do nothing, or go on; its work waits in the log',
  request: { params: z.object({ stage: z.string().min(1).max(100), verb: z.enum(['pause', 'resume']) }) },
  responses: { ...answers, ...problemResponses('RESOURCE_NOT_FOUND', 'VALIDATION_ERROR') },
})

export interface SimulatorAppDeps extends Omit<AppDeps, 'service'> {
  readonly pauses: Pauses
  readonly late: () => number
  readonly internalKeys: readonly string[] | undefined
  readonly health: Omit<HealthOptions, 'service'>
}

/** Health, and a hand on the specialists while they play. */
export const createSimulatorApp = (deps: SimulatorAppDeps): App => {
  const { pauses, late, internalKeys } = deps
  const app: App = createApp({ ...deps, service: 'simulator' })
  addHealth(app, { ...deps.health, service: 'simulator' })
  app.use('/v1/*', internalKey({ keys: internalKeys }))
  const stages = (): z.infer<typeof Stages> => ({ stages: [...pauses.list()], late: late() })

  app.openapi(listRoute, (c) => c.json(stages(), 200))
  app.openapi(route, (c) => {
    const { stage, verb } = c.req.valid('param')
    if (!pauses.has(stage))
      throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_stage', detail: 'Nobody plays that.' })
    pauses[verb](stage)
    return c.json(stages(), 200)
  })
  return app
}
