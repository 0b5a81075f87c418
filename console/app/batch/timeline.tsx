import type { Run, RunPhase } from '../../client/types.ts'
import { Parts } from '../ui/bar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Ago, duration, useNow } from '../ui/time.tsx'
import { nameOf } from '../ui/words.ts'

/** When each phase of a run was at work, on one scale. */
export const Timeline = ({ runs }: { readonly runs: readonly Run[] }) => (
  <ol className="timeline">
    {runs.map((run) => (
      <li key={run.run_id} className="timeline-run">
        <RunLanes run={run} />
      </li>
    ))}
  </ol>
)

const RunLanes = ({ run }: { readonly run: Run }) => {
  const isRunning = run.completed_at === null
  const now = useNow(isRunning ? 250 : 60_000)
  const from = Date.parse(run.started_at)
  const to = run.completed_at === null ? Math.max(now, from) : Date.parse(run.completed_at)
  const worked = run.phases.filter(({ commanded_at }) => commanded_at !== null)
  return (
    <>
      <div className="spread">
        <div className="row">
          <h3>{nameOf(run.requested_pipeline)}</h3>
          {run.is_retry && <span className="small soft">retry</span>}
          <Chip status={run.status} />
        </div>
        <span className="small faint">
          <Ago at={run.started_at} />, {duration(to - from)}
        </span>
      </div>
      {worked.length === 0 ? (
        <p className="small soft">Everything was done already; nothing had to run.</p>
      ) : (
        <ol className="lanes">
          {worked.map((phase) => (
            <Lane key={phase.phase} phase={phase} from={from} to={to} />
          ))}
        </ol>
      )}
    </>
  )
}

interface LaneProps {
  readonly phase: RunPhase
  readonly from: number
  readonly to: number
}

const Lane = ({ phase, from, to }: LaneProps) => {
  const began = Date.parse(phase.commanded_at ?? '')
  const ended = phase.completed_at === null ? to : Date.parse(phase.completed_at)
  const whole = Math.max(1, to - from)
  const percent = (ms: number) => `${(100 * ms) / whole}%`
  return (
    <li className="lane">
      <span>{nameOf(phase.phase)}</span>
      <span className="lane-track" aria-hidden="true">
        <span className="lane-span" style={{ left: percent(began - from), width: percent(ended - began) }}>
          {phase.completed_at !== null && <Parts {...phase} />}
        </span>
      </span>
      <span className="lane-time">{duration(ended - began)}</span>
    </li>
  )
}
