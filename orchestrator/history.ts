import type { RunHistoryResponse } from '../shared/contracts/http/orchestrator.ts'
import { requestView, runView } from '../shared/contracts/http/run-view.ts'
import { dateTimeOf } from '../shared/contracts/wire.ts'
import type { Book, RunState } from './runs/model/book.ts'

type Timeline = RunHistoryResponse['runs'][number]['timeline']

/** A batch's runs, the newest first, each with what happened in it from its request to its end. */
export const historyOf = (book: Book): RunHistoryResponse => ({
  batch_id: book.batch_id,
  user_id: book.user_id,
  runs: book.runs.toReversed().map((run) => ({ ...runView(run), timeline: timelineOf(book, run) })),
  requests: book.requests.toReversed().map(requestView),
})

const timelineOf = (book: Book, run: RunState): Timeline => {
  const request = book.requests.find(({ request_id }) => request_id === run.request_id)
  const events = [
    { at: request?.requested_at, what: 'requested', phase: null, detail: run.requested_pipeline },
    { at: request?.received_at, what: 'received', phase: null, detail: null },
    { at: run.started_at, what: 'started', phase: null, detail: null },
    ...run.phases.flatMap((phase) => [
      { at: phase.commanded_at, what: 'commanded', phase: phase.phase, detail: `attempt ${phase.attempt}` },
      { at: phase.completed_at, what: phase.status, phase: phase.phase, detail: phase.error },
    ]),
    { at: run.completed_at, what: run.status, phase: null, detail: null },
  ]
  return events
    .flatMap(({ at, ...event }) => (at ? [{ at, ...event }] : []))
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...event }) => ({ at: dateTimeOf(at), ...event }))
}
