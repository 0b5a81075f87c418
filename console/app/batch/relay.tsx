import type { BatchSnapshot, PhaseProgress, Run, RunPhase } from '../../client/types.ts'
import { Bar } from '../ui/bar.tsx'
import { lookOf } from '../ui/chip.tsx'
import { Icon } from '../ui/icon.tsx'
import { count, nameOf, reasonOf } from '../ui/words.ts'

const HELD = 'Held back for now by those who run the service. It goes on by itself.'

/** The newest run as a relay: phase after phase, and how far each of them is. */
export const Relay = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const { run, phases } = details
  if (!run) return <p className="soft">Nothing has been asked for yet.</p>
  return (
    <ol className="relay">
      {run.phases.map((phase) => (
        <Leg key={phase.phase} phase={phase} run={run} progress={phases.find((one) => one.phase === phase.phase)} />
      ))}
    </ol>
  )
}

interface LegProps {
  readonly phase: RunPhase
  readonly run: Run
  readonly progress: PhaseProgress | undefined
}

const Leg = ({ phase, run, progress }: LegProps) => {
  const { label, tone, icon } = lookOf(phase.status)
  const isQuiet = phase.status === 'pending' || phase.status.startsWith('skipped') || phase.status === 'cancelled'
  const counts = countsOf(phase, run, progress)
  const name = nameOf(phase.phase)
  return (
    <li className="leg" data-quiet={isQuiet || undefined} data-done={phase.status.startsWith('completed') || undefined}>
      <span className={`leg-dot tone-${tone}`}>
        <Icon name={icon} size={14} />
      </span>
      <div className="leg-body">
        <div className="leg-line">
          <strong>{name}</strong>
          <span className="small soft">{label}</span>
        </div>
        {isQuiet ? (
          <p className="small faint">{phase.paused ? HELD : reasonOf(phase.reason)}</p>
        ) : (
          <>
            <Bar label={name} {...counts} />
            <p className="small faint">
              {counts.succeeded.toLocaleString()} of {count(counts.total, 'essay')}
              {counts.failed > 0 && (
                <>
                  , <span className="fail-count">{counts.failed.toLocaleString()} failed</span>
                </>
              )}
            </p>
          </>
        )}
      </div>
    </li>
  )
}

/** While a phase is at work the facts say how far it is; once it has ended its outcome does. */
const countsOf = ({ total, succeeded, failed, status }: RunPhase, run: Run, progress: PhaseProgress | undefined) => {
  if (status !== 'running' || !progress) return { total, succeeded, failed }
  // Essays that are not in this run's command were done before: they are no part of its work.
  const before = Math.max(0, progress.total - total - run.failed_essay_count)
  return {
    total,
    succeeded: Math.min(total, Math.max(0, progress.succeeded - before)),
    failed: Math.min(progress.failed, total),
  }
}
