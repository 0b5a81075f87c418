import type { Figures } from '../../client/types.ts'

/** One moment of the plots. */
export interface Point {
  /** Seconds since 1970. */
  readonly at: number
  readonly requests: number
  readonly commands: number
  readonly lag: number
}

/** Ten minutes of a point every two seconds. */
const MAX_POINTS = 300

/**
 * The points with one more: rates are between two reads, so the first read has none. After a restart counters begin anew,
 * and what is smaller than before counts from zero.
 */
export const addPoint = (
  points: readonly Point[],
  before: Figures | undefined,
  now: Figures,
  at: number,
): readonly Point[] => {
  const seconds = Math.max(0.001, at - (points.at(-1)?.at ?? at - 2))
  const rate = (from: number | undefined, to: number): number =>
    from === undefined ? 0 : (to >= from ? to - from : to) / seconds
  const point = {
    at,
    requests: rate(before?.requests, now.requests),
    commands: rate(before?.published, now.published),
    lag: now.lag.reduce((sum, { records }) => sum + records, 0),
  }
  return [...points, point].slice(-MAX_POINTS)
}
