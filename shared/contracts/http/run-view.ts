import { z } from 'zod'
import { RequestEntry, RunPhase, RunSummary } from '../run-book.ts'
import { dateTimeOf } from '../wire.ts'

/**
 * Runs and requests as clients see them: times are ISO 8601 texts as everywhere in the API, and the essays of an open
 * attempt are left out, since a batch may have thousands and has pages for them.
 */

const Time = z.iso.datetime()

export const RunPhaseView = RunPhase.omit({ essay_ids: true }).extend({
  commanded_at: Time.nullable(),
  completed_at: Time.nullable(),
  deadline_at: Time.nullable(),
})
export const RunView = RunSummary.extend({
  phases: z.array(RunPhaseView),
  started_at: Time,
  completed_at: Time.nullable(),
})
export type RunView = z.infer<typeof RunView>

export const RequestView = RequestEntry.extend({
  requested_at: Time,
  received_at: Time,
  decided_at: Time.nullable(),
})
export type RequestView = z.infer<typeof RequestView>

const timeOf = (ms: number | null): string | null => (ms === null ? null : dateTimeOf(ms))

export const runView = ({ phases, started_at, completed_at, ...run }: RunSummary): RunView => ({
  ...run,
  phases: phases.map(({ essay_ids: _, commanded_at, completed_at, deadline_at, ...phase }) => ({
    ...phase,
    commanded_at: timeOf(commanded_at),
    completed_at: timeOf(completed_at),
    deadline_at: timeOf(deadline_at),
  })),
  started_at: dateTimeOf(started_at),
  completed_at: timeOf(completed_at),
})

export const requestView = ({ requested_at, received_at, decided_at, ...entry }: RequestEntry): RequestView => ({
  ...entry,
  requested_at: dateTimeOf(requested_at),
  received_at: dateTimeOf(received_at),
  decided_at: timeOf(decided_at),
})
