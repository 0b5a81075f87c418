import type { MiddlewareHandler } from 'hono'
import { patternOf } from '../../shared/http/pattern.ts'
import type { GatewayEnv } from '../env.ts'
import type { AuditEntry, AuditSink } from './port.ts'

/** Of a call that was refused before its route; as it stands in the path. */
const BATCH = /^\/v1\/batches\/([^/]+)\//

/**
 * Notes every call of the API once it is answered, refusals too. What stands in a body or a header is not noted. `clock` in
 * milliseconds since 1970.
 */
export const audited = (sinks: readonly AuditSink[], clock: () => number): MiddlewareHandler<GatewayEnv> =>
  async function noteCall(c, next) {
    await next()
    // A refused sign-in leaves no user.
    const user: GatewayEnv['Variables']['user'] | undefined = c.get('user')
    const { status } = c.res
    const entry: AuditEntry = {
      at: new Date(clock()).toISOString(),
      user_id: user?.userId ?? null,
      org_id: user?.orgId ?? null,
      roles: user?.roles ?? [],
      method: c.req.method,
      route: patternOf(c),
      batch_id: c.req.param('batch_id') ?? BATCH.exec(c.req.path)?.[1] ?? null,
      verdict: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
      status,
      code: c.get('problem') ?? null,
      correlation_id: c.get('correlationId'),
      address: c.get('address'),
    }
    for (const sink of sinks) sink(entry)
  }
