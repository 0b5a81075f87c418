import { createRoute, z } from '@hono/zod-openapi'
import { PausedResponse } from '../../shared/contracts/http/orchestrator.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import type { App } from '../../shared/http/app.ts'
import { type Audit, deciderOf } from '../../shared/http/audit.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { EventLog } from '../../shared/log/port.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { pauseMessage } from '../pauses/message.ts'
import type { RunStore } from '../runs/port.ts'

const answers = {
  200: { description: 'The phases that are paused now', content: { 'application/json': { schema: PausedResponse } } },
  ...problemResponses('AUTHENTICATION_ERROR', 'SERVICE_UNAVAILABLE'),
}

const route = createRoute({
  method: 'post',
  path: '/internal/v1/phases/{phase}/{verb}',
  summary: 'Hold every run back before a phase, or let all go on; what is under way is not touched',
  request: { params: z.object({ phase: z.string().min(1).max(100), verb: z.enum(['pause', 'resume']) }) },
  responses: { ...answers, ...problemResponses('RESOURCE_NOT_FOUND', 'VALIDATION_ERROR', 'KAFKA_PUBLISH_ERROR') },
})

const listRoute = createRoute({
  method: 'get',
  path: '/internal/v1/phases/paused',
  summary: 'The phases that are paused, since when and by whom',
  responses: answers,
})

export interface PauseDeps {
  readonly store: Pick<RunStore, 'setPauses' | 'pauses'>
  readonly log: Pick<EventLog, 'publish'>
  readonly catalog: Catalog
  readonly audit: Audit
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The log has it before the store does: so it outlives the store, and whoever follows the log finishes what a crash left. */
export const pausePhase = (app: App, { store, log, catalog, audit, clock }: PauseDeps): void => {
  const paused = async (): Promise<z.infer<typeof PausedResponse>> => {
    const pauses = (await store.pauses()).filter((pause) => pause.paused)
    return {
      paused: pauses.map(({ phase }) => phase),
      pauses: pauses.map(({ phase, changed_at, changed_by, user_id }) => ({
        phase,
        since: dateTimeOf(changed_at),
        paused_by: changed_by,
        user_id,
      })),
    }
  }

  app.openapi(listRoute, async (c) => c.json(await paused(), 200))
  app.openapi(route, async (c) => {
    const { phase, verb } = c.req.valid('param')
    if (!catalog.phases.has(phase))
      throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_phase', detail: 'There is no such phase.' })
    const decider = deciderOf(c)
    const { service: changed_by, userId: user_id } = decider
    const pause = { phase, paused: verb === 'pause', changed_by, user_id, changed_at: Math.floor(clock()) }
    const positions = await log.publish([pauseMessage(pause, decider)])
    audit(`phase_${verb}d`, decider, { phase })
    await store.setPauses(positions.map(({ offset }) => ({ ...pause, offset })))
    return c.json(await paused(), 200)
  })
}
