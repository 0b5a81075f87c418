import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { Baton } from '../client/client.ts'
import { createWatches, type Watches } from './watches.ts'

interface Provided {
  readonly baton: Baton
  readonly watches: Watches
}

const Context = createContext<Provided | undefined>(undefined)

/** Gives the client to all hooks below it. */
export const BatonProvider = ({ baton, children }: { readonly baton: Baton; readonly children: ReactNode }) => {
  const provided = useMemo(() => ({ baton, watches: createWatches(baton.follow) }), [baton])
  return <Context value={provided}>{children}</Context>
}

export const useProvided = (): Provided => {
  const provided = useContext(Context)
  if (!provided) throw new Error('This needs a <BatonProvider> around it.')
  return provided
}

/** The client itself, for what changes something. */
export const useBaton = (): Baton => useProvided().baton
