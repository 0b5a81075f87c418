import type { BaseEnv } from '../shared/http/app.ts'
import type { Budget } from './limits/port.ts'
import type { Role } from './sign-in/roles.ts'

/** Who is signed in. */
export interface User {
  readonly userId: string
  readonly orgId: string | null
  readonly roles: readonly Role[]
  /** Null: all that the roles give. */
  readonly scopes: readonly string[] | null
}

export interface GatewayEnv extends BaseEnv {
  Variables: BaseEnv['Variables'] & {
    /** The client's, as `keepAddress` found it. */
    address: string
    /** Set on every route that needs sign-in. */
    user: User
    /** Set by a ticket: when the sign-in ends, milliseconds since 1970. */
    signedInUntil?: number
    /** Set where a request causes something: the id that what it causes is derived from or carries. */
    requestId: string
    /** What the call is taken out of; reckoned once a request. */
    budgets?: readonly Budget[]
    /** Missing where nothing limits. */
    rateLimit?: {
      readonly limit: number
      readonly used: number
      readonly remaining: number
      readonly resetTime: Date | undefined
    }
  }
}
