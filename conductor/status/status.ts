import type { ClientStatus, EssayStatus, StatusResponse } from '../../shared/contracts/http/conductor.ts'
import { requestView, runView } from '../../shared/contracts/http/run-view.ts'
import type { RunSummary } from '../../shared/contracts/run-book.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { ContentState, Essay, Snapshot } from '../state/port.ts'
import { countWhere } from '../state/signature.ts'
import { essayTotals, phaseProgress } from './progress.ts'

/** At most so many essays stand in a status (design section 7). */
export const STATUS_ESSAYS = 100

/** The status of a batch as the gateway serves it; undefined when nothing is known of the batch or of whose it is. */
export const statusOf = (snapshot: Snapshot, catalog: Catalog): StatusResponse | undefined => {
  const { registration, book, tally } = snapshot
  const userId = registration?.userId ?? book?.user_id
  if (userId === undefined || userId === null) return undefined

  const run = book?.runs.at(-1) ?? null
  const status = overallStatus(snapshot.content, run)
  const totals = essayTotals(tally, run)
  const registered = countWhere(tally, () => true)
  return {
    status,
    user_id: userId,
    org_id: registration ? registration.orgId : (book?.org_id ?? null),
    details: {
      batch_id: snapshot.batchId,
      assignment_id: null,
      overall_status: status,
      essay_count: registered || (registration?.expectedEssayCount ?? 0),
      completed_essay_count: totals.completed,
      failed_essay_count: totals.failed,
      requested_pipeline: run?.requested_pipeline ?? book?.requests.at(-1)?.requested_pipeline ?? null,
      current_phase: run?.phases.find((phase) => phase.status === 'running')?.phase ?? null,
      essays: snapshot.essays.map(essayStatus),
      essays_truncated: registered > snapshot.essays.length,
      created_at: timeOf(registration?.registeredAt),
      // A revision is the store's clock when the batch last changed, in microseconds (invariant 10).
      last_updated: dateTimeOf(Number(snapshot.revision) / 1_000),
      processing_started_at: timeOf(run?.started_at),
      processing_completed_at: timeOf(run?.completed_at),
      student_prompt_ref: registration?.studentPromptRef ?? null,
      revision: Number(snapshot.revision),
      phases: phaseProgress(catalog, tally, book?.runs ?? []),
      run: run && runView(run),
      requests: (book?.requests ?? []).map(requestView),
    },
  }
}

/** A run's word goes first; before the first run the content's. */
const overallStatus = (content: ContentState, run: RunSummary | null): ClientStatus =>
  run?.status ?? { pending: 'pending_content' as const, ready: 'ready' as const, failed: 'failed' as const }[content]

const timeOf = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : dateTimeOf(ms)

export const essayStatus = ({ essayId, text, refused, phases }: Essay): EssayStatus => ({
  essay_id: essayId,
  text_storage_id: text,
  refused,
  phases: Object.fromEntries(
    [...phases].map(([phase, { outcome, errorCode }]) => [phase, { outcome, error_code: errorCode }]),
  ),
})
