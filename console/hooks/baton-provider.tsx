import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { Baton } from '../client/client.ts'
import type { LiveBatch } from '../client/live/follow-batch.ts'
import type { LiveBatches } from '../client/live/follow-batches.ts'
import { createWatches, type Watches } from './watches.ts'

interface Provided {
  readonly baton: Baton
  readonly batch: Watches<LiveBatch>
  readonly batches: Watches<LiveBatches>
}

const UNHEARD = { connection: 'connecting', problem: undefined } as const

const Context = createContext<Provided | undefined>(undefined)

/** Gives the client to all hooks below it. */
export const BatonProvider = ({ baton, children }: { readonly baton: Baton; readonly children: ReactNode }) => {
  const provided = useMemo(
    () => ({
      baton,
      batch: createWatches<LiveBatch>(baton.follow, { ...UNHEARD, batch: undefined }),
      batches: createWatches<LiveBatches>((_, listener) => baton.followAll(listener), {
        ...UNHEARD,
        batches: new Map(),
      }),
    }),
    [baton],
  )
  return <Context value={provided}>{children}</Context>
}

export const useProvided = (): Provided => {
  const provided = useContext(Context)
  if (!provided) throw new Error('This needs a <BatonProvider> around it.')
  return provided
}

/** The client itself, for what changes something. */
export const useBaton = (): Baton => useProvided().baton
