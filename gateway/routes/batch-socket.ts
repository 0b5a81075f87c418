import { createRoute } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Upgrade } from '../../shared/http/sockets.ts'
import type { GatewayEnv } from '../env.ts'
import type { Live } from '../live/create.ts'
import { socketListener } from '../live/socket.ts'
import { access } from '../sign-in/access.ts'
import { signedInUntil } from '../sign-in/until.ts'
import { BatchPath } from './path.ts'
import { BATCH_PROBLEMS } from './problems.ts'
import { ResumeQuery } from './resume.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/ws',
  summary: 'How a batch stands, live, over a WebSocket',
  description:
    'JSON messages `{ event, id, data }` with the events of `/events`, and `heartbeat`. What a client sends is not read.',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, query: ResumeQuery },
  responses: {
    101: { description: 'The connection is a WebSocket from here on' },
    ...problemResponses(...BATCH_PROBLEMS, 'UPGRADE_REQUIRED'),
  },
})

export interface BatchSocketDeps {
  readonly live: Pick<Live, 'openBatch'>
  readonly upgrade: Upgrade
}

export const batchSocket = (app: App<GatewayEnv>, { live, upgrade }: BatchSocketDeps): void => {
  app.openapi(route, async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw noWebSocket()
    const stream = await live.openBatch({
      batchId: c.req.valid('param').batch_id,
      user: c.get('user'),
      until: signedInUntil(c),
      correlationId: c.get('correlationId'),
      after: c.req.valid('query').after,
      transport: 'websocket',
    })
    if (upgrade(c.req.raw, socketListener(stream))) return new Response(null)
    stream.close()
    throw noWebSocket()
  })
}

const noWebSocket = (): ProblemError =>
  new ProblemError({
    code: 'UPGRADE_REQUIRED',
    detail: 'Open this route as a WebSocket, or read /events.',
    headers: { upgrade: 'websocket', connection: 'Upgrade' },
  })
