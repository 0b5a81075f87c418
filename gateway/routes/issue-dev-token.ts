import { createRoute, z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import { ROLES } from '../sign-in/roles.ts'
import type { SignToken } from '../sign-in/sign.ts'
import { json, jsonBody } from './json.ts'

const DevTokenRequest = z
  .strictObject({
    user_id: ClientText(255).openapi({ example: 'ada' }),
    org_id: ClientText(255).nullish(),
    roles: z
      .array(z.enum(ROLES))
      .max(ROLES.length)
      .optional()
      .openapi({ description: 'Left out: a teacher', example: ['teacher'] }),
  })
  .openapi('DevTokenRequest')

const DevToken = z.object({ access_token: z.string(), token_type: z.literal('Bearer') }).openapi('DevToken')

const route = createRoute({
  method: 'post',
  path: '/dev/token',
  summary: 'Sign in as anyone (development only)',
  request: {
    body: jsonBody(DevTokenRequest, { user_id: 'ada', roles: ['teacher'] }),
  },
  responses: {
    200: {
      description: 'A token for the Authorization header',
      ...json(DevToken, { access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl', token_type: 'Bearer' }),
    },
    ...problemResponses(
      'INVALID_REQUEST',
      'PAYLOAD_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'VALIDATION_ERROR',
      'RATE_LIMIT',
      'UNKNOWN_ERROR',
    ),
  },
})

/** Exists only where signing is switched on (`AUTH_MODE=dev`); elsewhere the path is a 404 like any other. */
export const issueDevToken = (app: App<GatewayEnv>, sign: SignToken): void => {
  app.openapi(route, async (c) => {
    const { user_id, org_id, roles } = c.req.valid('json')
    const token = await sign({ userId: user_id, orgId: org_id ?? null, roles })
    return c.json({ access_token: token, token_type: 'Bearer' as const }, 200)
  })
}
