import { useCallback, useMemo, useState } from 'react'
import type { Connection } from '../client/live/keep-following.ts'
import type { BatchesQuery, BatchSummary } from '../client/types.ts'
import { useProvided } from './baton-provider.tsx'
import { useAnswer } from './use-answer.ts'
import { useWatch } from './use-watch.ts'

export type BatchesFilter = Pick<BatchesQuery, 'status'>

export interface ShownBatches {
  /** Newest first, as many as were asked for; undefined until something is known. */
  readonly batches: readonly BatchSummary[] | undefined
  readonly connection: Connection
  readonly error: unknown
  readonly again: () => void
  /** Shows more; undefined where there are no more. */
  readonly more: (() => void) | undefined
}

const STEP = 20
/** What one answer may hold. */
const MOST = 100

/** My batches, live: those of the list, each as new as what the stream says of it, and those that are new since. */
export const useBatches = ({ status }: BatchesFilter = {}): ShownBatches => {
  const { baton, batches: watches } = useProvided()
  const [limit, setLimit] = useState(STEP)
  const query = { limit, ...(status ? { status } : {}) }
  const { answer, error, again } = useAnswer(JSON.stringify(query), () => baton.batches(query))
  const { batches: live, connection, problem } = useWatch(watches, 'mine')
  const more = useCallback(() => setLimit((shown) => Math.min(MOST, shown + STEP)), [])

  const batches = useMemo(() => {
    if (!answer) return undefined
    const known = new Map(answer.batches.map((batch) => [batch.batch_id, batch] as const))
    for (const batch of live.values())
      if (batch.revision > (known.get(batch.batch_id)?.revision ?? -1)) known.set(batch.batch_id, batch)
    return [...known.values()]
      .filter((batch) => status === undefined || batch.overall_status === status)
      .toSorted((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''))
      .slice(0, limit)
  }, [answer, live, status, limit])

  const hasMore = answer?.pagination.next_cursor != null && limit < MOST
  return { batches, connection, error: error ?? problem, again, more: hasMore ? more : undefined }
}
