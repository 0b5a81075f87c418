import type { BatchActivity } from '../../../shared/contracts/http/orchestrator.ts'
import type { Position } from '../../../shared/log/port.ts'
import { activeRun, type Book } from './book.ts'

/** Where in the log the events are that this book knows of: whoever plans on it must know no less. */
export const positionsOf = (book: Pick<Book, 'positions'>): readonly Position[] =>
  Object.entries(book.positions).map(([place, offset]) => {
    const bar = place.lastIndexOf('|')
    return { topic: place.slice(0, bar), partition: Number(place.slice(bar + 1)), offset }
  })

/** What runs or waits, so that another request would be refused; null when nothing does. */
export const activityOf = (book: Book): BatchActivity | null => {
  const run = activeRun(book)
  if (run) {
    const { run_id, correlation_id, requested_pipeline, status } = run
    return { run_id, correlation_id, requested_pipeline, status }
  }
  const waiting = book.requests.find(({ request_id }) => request_id === book.pending?.request_id)
  if (!waiting) return null
  const { correlation_id, requested_pipeline, verdict } = waiting
  return { run_id: null, correlation_id, requested_pipeline, status: verdict }
}
