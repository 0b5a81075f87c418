import { decodeJwt } from 'jose'
import type { TokenHook } from '../../client/signed-fetch.ts'
import type { Role } from '../../client/types.ts'

export interface Session {
  readonly token: string
  readonly userId: string
  readonly orgId: string | undefined
  readonly roles: readonly Role[]
  /** A development token can be had again without asking anybody. */
  readonly kind: 'dev' | 'pasted'
}

export interface SessionStore {
  current(): Session | undefined
  subscribe(onChange: () => void): () => void
  set(session: Session | undefined): void
  /** For the client: the token, and another one when it is refused. */
  readonly token: TokenHook
}

type DevToken = (userId: string, roles: readonly Role[]) => Promise<string>

const KEY = 'baton-session'

/** Who is signed in, kept for as long as the tab is open. */
export const createSessionStore = (storage: Storage, devToken: DevToken): SessionStore => {
  let session = restored(storage.getItem(KEY))
  const listeners = new Set<() => void>()

  const set = (next: Session | undefined): void => {
    session = next
    if (next) storage.setItem(KEY, JSON.stringify(next))
    else storage.removeItem(KEY)
    for (const listener of listeners) listener()
  }

  return {
    current: () => session,
    subscribe(onChange) {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    set,
    async token(reason) {
      if (reason === 'needed' || session === undefined) return session?.token
      const { kind, userId, orgId, roles } = session
      if (kind === 'pasted') {
        set(undefined)
        return undefined
      }
      const token = await devToken(userId, roles)
      set({ kind, userId, orgId, roles, token })
      return token
    },
  }
}

const ROLES: readonly Role[] = ['teacher', 'admin', 'service']
const isRole = (text: unknown): text is Role => ROLES.some((role) => role === text)

/** What a token says of who it is for. It is only read, to greet people: the gateway checks it. */
export const sessionOf = (token: string, kind: Session['kind']): Session | undefined => {
  try {
    const { sub, org_id, roles } = decodeJwt(token.trim())
    if (sub === undefined) return undefined
    const orgId = typeof org_id === 'string' ? org_id : undefined
    return { token: token.trim(), userId: sub, orgId, roles: Array.isArray(roles) ? roles.filter(isRole) : [], kind }
  } catch {
    return undefined
  }
}

const restored = (text: string | null): Session | undefined => {
  if (text === null) return undefined
  const kept: unknown = JSON.parse(text)
  if (typeof kept !== 'object' || kept === null || !('token' in kept) || typeof kept.token !== 'string')
    return undefined
  return sessionOf(kept.token, 'kind' in kept && kept.kind === 'dev' ? 'dev' : 'pasted')
}
