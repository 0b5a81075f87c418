import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Session, SessionStore } from './session.ts'

export const SessionContext = createContext<SessionStore | undefined>(undefined)

export const useSessionStore = (): SessionStore => {
  const store = useContext(SessionContext)
  if (!store) throw new Error('This needs a session around it.')
  return store
}

/** Who is signed in; undefined while nobody is. */
export const useSession = (): Session | undefined => {
  const store = useSessionStore()
  return useSyncExternalStore(store.subscribe, store.current)
}
