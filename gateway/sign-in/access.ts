import type { MiddlewareHandler } from 'hono'
import { ProblemError } from '../../shared/http/problem.ts'
import type { GatewayEnv } from '../env.ts'
import type { Role, Scope } from './roles.ts'

/** Who may call a route: spread into `createRoute`, it stands in the document and is enforced. */
export const access = (scope: Scope, ...roles: readonly [Role, ...Role[]]) => ({
  security: [{ bearer: [scope, ...roles.map((role) => `role:${role}`)] }],
  middleware: authorize(scope, roles),
})

const authorize = (scope: Scope, roles: readonly Role[]): MiddlewareHandler<GatewayEnv> =>
  function checkAccess(c, next) {
    const user = c.get('user')
    if (!user.roles.some((role) => roles.includes(role)))
      throw forbidden('role_required', `This needs one of the roles ${roles.join(', ')}.`)
    if (user.scopes && !user.scopes.includes(scope))
      throw forbidden('insufficient_scope', `The token is limited to other scopes than ${scope}.`, {
        'www-authenticate': `Bearer realm="baton", error="insufficient_scope", scope="${scope}"`,
      })
    return next()
  }

const forbidden = (reason: string, detail: string, headers: Readonly<Record<string, string>> = {}) =>
  new ProblemError({ code: 'AUTHORIZATION_ERROR', reason, detail, headers })
