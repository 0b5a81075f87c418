import type { PhaseProgress } from '../../shared/contracts/http/conductor.ts'
import type { RunSummary } from '../../shared/contracts/run-book.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { countWhere, type Signature, type Tally } from '../state/signature.ts'

const succeededIn = (phase: string) => (signature: Signature) =>
  !signature.refused && signature.phases.get(phase) === 'succeeded'

const failedIn = (phase: string) => (signature: Signature) => {
  const fact = signature.phases.get(phase)
  return !signature.refused && fact !== undefined && fact !== 'succeeded'
}

/** Progress of every phase of the catalog, and of those beyond it of which facts are known, in that order. */
export const phaseProgress = (catalog: Catalog, tally: Tally, runs: readonly RunSummary[]): PhaseProgress[] => {
  const known = tally.flatMap(({ signature }) => [...signature.phases.keys()])
  const total = countWhere(tally, ({ refused }) => !refused)
  return [...new Set([...catalog.phases.keys(), ...known])].map((phase) => {
    const inRun = runs.toReversed().flatMap((run) => run.phases.filter((entry) => entry.phase === phase))[0]
    const succeeded = countWhere(tally, succeededIn(phase))
    const failed = countWhere(tally, failedIn(phase))
    return {
      phase,
      status: inRun?.status ?? 'not_requested',
      reason: inRun?.reason ?? null,
      total,
      succeeded,
      failed,
      remaining: total - succeeded - failed,
    }
  })
}

/**
 * How many essays are through with all that the newest run is about, and how many dropped out: refused by content
 * validation, or failed in one of its phases. Before the first run nothing is completed.
 */
export const essayTotals = (tally: Tally, run: RunSummary | null): { completed: number; failed: number } => {
  const phases = run?.phases.map(({ phase }) => phase) ?? []
  return {
    completed:
      phases.length === 0 ? 0 : countWhere(tally, (signature) => phases.every((p) => succeededIn(p)(signature))),
    failed: countWhere(tally, (signature) => signature.refused || phases.some((p) => failedIn(p)(signature))),
  }
}
