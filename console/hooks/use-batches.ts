import { useCallback, useMemo, useState } from 'react'
import type { Connection } from '../client/live/keep-following.ts'
import type { Batches, BatchesQuery, BatchSummary } from '../client/types.ts'
import { useProvided } from './baton-provider.tsx'
import { useAnswer } from './use-answer.ts'
import { useWatch } from './use-watch.ts'

export type BatchesFilter = Pick<BatchesQuery, 'status' | 'of'>

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

/**
 * My batches, live: those of the list, each as new as what the stream says of it, and those that are new since. The stream is of
 * one's own batches, so that an organisation's list is as new as the last `again`.
 */
export const useBatches = ({ status, of = 'me' }: BatchesFilter = {}): ShownBatches => {
  const { baton, batches: watches } = useProvided()
  const [limit, setLimit] = useState(STEP)
  const ask = () => firstOf(limit, (page) => baton.batches({ ...page, of, ...(status ? { status } : {}) }))
  const { answer, error, again } = useAnswer(JSON.stringify([of, status, limit]), ask)
  const { batches: live, connection, problem } = useWatch(watches, 'mine')
  const more = useCallback(() => setLimit((shown) => shown * 2), [])

  const batches = useMemo(() => {
    if (!answer) return undefined
    const known = new Map(answer.batches.map((batch) => [batch.batch_id, batch] as const))
    for (const batch of live.values())
      if ((of === 'me' || known.has(batch.batch_id)) && batch.revision > (known.get(batch.batch_id)?.revision ?? -1))
        known.set(batch.batch_id, batch)
    return [...known.values()]
      .filter((batch) => status === undefined || batch.overall_status === status)
      .toSorted((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''))
      .slice(0, limit)
  }, [answer, live, status, of, limit])

  return { batches, connection, error: error ?? problem, again, more: answer?.hasMore ? more : undefined }
}

/** As many of the newest as are wanted, page by page. */
const firstOf = async (wanted: number, ask: (page: Pick<BatchesQuery, 'limit' | 'cursor'>) => Promise<Batches>) => {
  const batches: BatchSummary[] = []
  let cursor: string | null = ''
  while (cursor !== null && batches.length < wanted) {
    const page: Batches = await ask({ limit: Math.min(MOST, wanted - batches.length), ...(cursor ? { cursor } : {}) })
    batches.push(...page.batches)
    cursor = page.pagination.next_cursor
  }
  return { batches, hasMore: cursor !== null }
}
