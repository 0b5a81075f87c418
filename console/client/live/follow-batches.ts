import type { ProblemError } from '../problem.ts'
import type { BatchSummary } from '../types.ts'
import type { EventsInput, LiveEvent } from './events.ts'
import { type Connection, keepFollowing, type Waiting } from './keep-following.ts'

export interface LiveBatches {
  /** By id: the newest state of each batch that was heard of; none goes back to an older revision. */
  readonly batches: ReadonlyMap<string, BatchSummary>
  readonly connection: Connection
  readonly problem: ProblemError | undefined
}

export interface FollowAllDeps extends Waiting {
  readonly events: (input: Pick<EventsInput, 'signal' | 'onRetry'>) => AsyncIterable<LiveEvent>
  /** The newest batches. */
  readonly poll: (signal: AbortSignal) => Promise<readonly BatchSummary[]>
}

const LOOK_MS = 5_000

/** Tells every change of one's newest batches, and of those that are registered meanwhile, until the answer is called. */
export const followBatches = (deps: FollowAllDeps, listener: (live: LiveBatches) => void): (() => void) => {
  const stopping = new AbortController()
  let live: LiveBatches = { batches: new Map(), connection: 'connecting', problem: undefined }

  const tell = (change: Partial<LiveBatches>): void => {
    if (stopping.signal.aborted) return
    const next = { problem: undefined, batches: live.batches, connection: live.connection, ...change }
    if (next.batches === live.batches && next.connection === live.connection && next.problem === live.problem) return
    live = next
    listener(live)
  }
  const show = (heard: readonly BatchSummary[], connection: Connection): void => {
    const newer = heard.filter(({ batch_id, revision }) => revision > (live.batches.get(batch_id)?.revision ?? -1))
    const batches = new Map([...live.batches, ...newer.map((batch) => [batch.batch_id, batch] as const)])
    tell({ connection, ...(newer.length > 0 ? { batches } : {}) })
  }

  const source = {
    events: deps.events,
    async look(signal: AbortSignal) {
      show(await deps.poll(signal), 'polling')
      return LOOK_MS
    },
    heard(event: LiveEvent) {
      if (event.event === 'snapshot') show([event.snapshot.details], 'live')
      // A hold is of one batch; the others go on.
      else if (event.event === 'live') tell({ connection: 'live' })
    },
    connection: (connection: Connection, problem?: ProblemError) => tell({ connection, problem }),
  }
  void keepFollowing(source, deps, stopping.signal)
  return () => stopping.abort()
}
