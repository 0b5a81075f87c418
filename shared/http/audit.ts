import type { Context } from 'hono'
import { type CorrelationId, correlationId } from '../ids.ts'
import type { Logger } from '../telemetry/logger-port.ts'
import type { BaseEnv } from './app.ts'

/** Who asks for something that is audited: the service, and the person behind it where it names one. */
export interface Decider {
  readonly service: string
  readonly userId: string | null
  readonly correlationId: CorrelationId
}

/** `X-Service-ID` and `X-User-ID` of a request to an internal route. */
export const deciderOf = (c: Context<BaseEnv>): Decider => ({
  service: c.get('actor') ?? 'internal',
  userId: c.req.header('x-user-id')?.slice(0, 255) ?? null,
  correlationId: correlationId(c.get('correlationId')),
})

/** Notes who did what: one line that a log search for `audit` finds. */
export type Audit = (action: string, decider: Decider, fields: object) => void

export const createAudit =
  (logger: Logger): Audit =>
  (action, { service, userId }, fields) =>
    logger.info({ audit: action, by: service, user_id: userId, ...fields }, 'audit')
