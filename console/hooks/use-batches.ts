import { useCallback, useEffect, useEffectEvent, useState } from 'react'
import type { BatchesQuery, BatchSummary } from '../client/types.ts'
import { useBaton } from './baton-provider.tsx'
import { useAnswer } from './use-answer.ts'

export type BatchesFilter = Pick<BatchesQuery, 'status' | 'of'>

export interface ShownBatches {
  /** Newest first, as many as were asked for. */
  readonly batches: readonly BatchSummary[] | undefined
  /** Of all batches, whatever their status. */
  readonly total: number
  readonly error: unknown
  readonly isLoading: boolean
  readonly again: () => void
  /** Shows more; undefined where there are no more. */
  readonly more: (() => void) | undefined
}

const STEP = 20
/** What one answer may hold. */
const MOST = 100
/** Milliseconds between two looks while the page is looked at. */
const LOOK_MS = 4_000

/** My batches, kept fresh for as long as the page is looked at. */
export const useBatches = (filter: BatchesFilter = {}): ShownBatches => {
  const baton = useBaton()
  const [limit, setLimit] = useState(STEP)
  const question = JSON.stringify([filter, limit])
  const { answer, error, isLoading, again } = useAnswer(question, () => baton.batches({ ...filter, limit }))
  const more = useCallback(() => setLimit((shown) => Math.min(MOST, shown + STEP)), [])

  const look = useEffectEvent(() => {
    if (document.visibilityState === 'visible' && !isLoading) again()
  })
  useEffect(() => {
    const timer = setInterval(look, LOOK_MS)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])

  const hasMore = answer?.pagination.next_cursor != null && limit < MOST
  return {
    batches: answer?.batches,
    total: answer?.pagination.total ?? 0,
    error,
    isLoading,
    again,
    more: hasMore ? more : undefined,
  }
}
