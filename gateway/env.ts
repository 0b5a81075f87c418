import type { BaseEnv } from '../shared/http/app.ts'

/** Who is signed in. */
export interface User {
  readonly userId: string
  readonly orgId: string | null
  readonly roles: readonly string[]
}

export interface GatewayEnv extends BaseEnv {
  Variables: BaseEnv['Variables'] & {
    /** Set on every route that needs sign-in. */
    user: User
    /** Set where a request causes something: the id that what it causes is derived from or carries. */
    requestId: string
    rateLimit: {
      readonly limit: number
      readonly used: number
      readonly remaining: number
      readonly resetTime: Date | undefined
    }
  }
}
