import { createRoute } from '@hono/zod-openapi'
import { RedriveRequest, RedriveResponse } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import { passOn } from '../../pass-on.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json, jsonBody } from '../json.ts'
import { BODY_REFUSALS, CHANGE_REFUSALS, LETTER } from './bodies.ts'

const { letter_id, topic, batch_id } = LETTER

const route = createRoute({
  method: 'post',
  path: '/v1/admin/dead-letter-redrives',
  summary: 'Send dead letters to where they came from; without `dry_run: false` only say what would happen',
  ...access('operations', 'admin'),
  request: { body: jsonBody(RedriveRequest, { letter_ids: [letter_id], dry_run: true }) },
  responses: {
    200: {
      description: 'What became of each letter',
      ...json(RedriveResponse, {
        dry_run: true,
        counts: { would_be_redriven: 1 },
        results: [{ letter_id, topic, batch_id, outcome: 'would_be_redriven', partition: null, offset: null }],
        more: false,
      }),
    },
    ...CHANGE_REFUSALS,
    ...BODY_REFUSALS,
  },
})

export const redriveDeadLetters = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) => {
    const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
    return c.json(await passOn(route, conductor.redrive(c.req.valid('json'), caller)), 200)
  })
}
