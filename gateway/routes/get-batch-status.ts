import { createRoute, z } from '@hono/zod-openapi'
import { ClientStatus, StatusDetails } from '../../shared/contracts/http/conductor.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { timed } from '../../shared/http/timing.ts'
import { normalizeUuid } from '../../shared/ids.ts'
import type { GatewayEnv } from '../env.ts'
import type { Live } from '../live/create.ts'
import { justRegistered } from '../live/registered.ts'
import { maySee, noSuchBatch, notYours, type Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { DETAILS } from './examples.ts'
import { json } from './json.ts'
import { BatchPath } from './path.ts'
import { BATCH_PROBLEMS } from './problems.ts'

const BatchStatus = z.object({ status: ClientStatus, details: StatusDetails }).openapi('BatchStatus')
type BatchStatus = z.infer<typeof BatchStatus>

/** Milliseconds that `after_request` waits. */
const AFTER_REQUEST_MS = 5_000

const AfterRequest = z.object({
  after_request: z
    .string()
    .refine((text) => normalizeUuid(text) !== undefined, 'must be a correlation id')
    .transform((text) => normalizeUuid(text) ?? text)
    .optional()
    .openapi({
      pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
      description:
        'The correlation id of a 202: the answer waits until that request stands in requests[], 5 seconds at most',
    }),
})

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/status',
  summary: 'How a batch stands',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, query: AfterRequest, headers: z.object({ 'if-none-match': z.string().optional() }) },
  responses: {
    200: { description: 'The newest state', ...json(BatchStatus, { status: 'processing', details: DETAILS }) },
    304: { description: 'Nothing has changed since the revision of If-None-Match' },
    ...problemResponses(...BATCH_PROBLEMS),
  },
})

type Deps = Pick<GatewayDeps, 'conductor' | 'orchestrator' | 'clock'> & {
  readonly owners: Owners
  readonly live: Pick<Live, 'requestStands'>
}

export const getBatchStatus = (app: App<GatewayEnv>, { conductor, orchestrator, owners, live, clock }: Deps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const { after_request } = c.req.valid('query')
    const correlation = c.get('correlationId')
    if (after_request !== undefined) {
      await owners.require(batch_id, c.get('user'), correlation)
      await live.requestStands(batch_id, after_request, AFTER_REQUEST_MS)
    }
    const found = await timed(c.get('timings'), 'conductor', clock, () => conductor.status(batch_id, correlation))
    const registration = found ? undefined : await orchestrator.owner(batch_id, correlation)
    const owner = found ?? registration
    if (owner === undefined) throw noSuchBatch()
    owners.learn(batch_id, owner)
    if (!maySee(c.get('user'), owner)) throw notYours()

    const details = found?.details ?? (registration && justRegistered(registration))
    if (!details) throw noSuchBatch()
    const answer: BatchStatus = { status: details.overall_status, details }
    const etag = `"${answer.details.revision}"`
    if (c.req.valid('header')['if-none-match'] === etag) return c.body(null, 304, { etag })
    return c.json(answer, 200, { etag })
  })
}
