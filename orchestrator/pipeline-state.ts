import type { PipelineStateBody } from '../shared/contracts/http/orchestrator.ts'
import type { RunPhaseStatus } from '../shared/contracts/run-book.ts'
import { dateTimeOf } from '../shared/contracts/wire.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { Book, PhaseState } from './runs/model/book.ts'

/** Our phase statuses as the original's PipelineExecutionStatus; a phase that was skipped had been done before. */
const STATUSES: Readonly<Record<RunPhaseStatus, string>> = {
  pending: 'pending_dependencies',
  running: 'dispatch_initiated',
  completed_successfully: 'completed_successfully',
  completed_with_failures: 'completed_with_partial_success',
  failed: 'failed',
  skipped: 'completed_successfully',
  skipped_due_to_dependency_failure: 'skipped_due_to_dependency_failure',
  cancelled: 'cancelled',
}

/** The original's ProcessingPipelineState of a batch (contracts, section 9), with true counts. */
export const pipelineStateOf = (book: Book, catalog: Catalog): PipelineStateBody => {
  const phases = book.runs.toReversed().flatMap((run) => run.phases)
  const last = book.runs.at(-1)
  return {
    batch_id: book.batch_id,
    requested_pipelines: last?.phases.filter(({ decision }) => decision === 'run').map(({ phase }) => phase) ?? [],
    ...Object.fromEntries(
      [...catalog.phases.keys()].map((name) => {
        const newest = phases.find(({ phase }) => phase === name)
        return [name, newest ? detailOf(newest) : null]
      }),
    ),
    last_updated: dateTimeOf(Number(book.revision) / 1_000),
  }
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : dateTimeOf(ms))

const detailOf = (phase: PhaseState) => {
  const { status, total, succeeded, failed, commanded_at, completed_at, error } = phase
  const ended = succeeded + failed
  return {
    status: STATUSES[status],
    essay_counts: { total, pending_dispatch_or_processing: total - ended, successful: succeeded, failed },
    started_at: timeOf(commanded_at),
    completed_at: timeOf(completed_at),
    error_info: error === null ? null : { error_code: error },
    progress_percentage: total === 0 ? null : (100 * ended) / total,
  }
}
