import type { StuckRuns } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Icon } from '../ui/icon.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { useRepeated } from '../ui/use-repeated.ts'
import { nameOf } from '../ui/words.ts'

const MINUTES = 5

/** What waits for long: a click away from where it can be cancelled. */
export const Stuck = () => {
  const { operations } = useBaton()
  const { answer, error, again } = useAnswer('stuck', () => operations.stuckRuns(MINUTES * 60))
  useRepeated(10_000, again)
  return (
    <section className="card card-flush" aria-labelledby="stuck">
      <div className="card-head">
        <h2 id="stuck">Stuck runs</h2>
        <span className="small faint">Waiting for more than {MINUTES} minutes</span>
      </div>
      {error !== undefined && <ErrorNotice error={error} what="Stuck runs are not known now" onRetry={again} />}
      {answer ? (
        <Waiting waiting={answer.waiting} />
      ) : (
        error === undefined && (
          <div className="pad">
            <Loading what="The list of stuck runs" heights={[40]} />
          </div>
        )
      )}
    </section>
  )
}

const Waiting = ({ waiting }: Pick<StuckRuns, 'waiting'>) => {
  if (waiting.length === 0)
    return (
      <p className="pad soft row">
        <Icon name="check" /> Nothing is stuck.
      </p>
    )
  return (
    <table className="cards table-tight">
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">Waits for</th>
          <th scope="col">Since</th>
          <th scope="col">Deadline</th>
        </tr>
      </thead>
      <tbody>
        {waiting.map(({ batch_id, run_id, waits_for, phase, since, until, overdue, advice }) => (
          <tr key={`${batch_id} ${run_id} ${phase}`}>
            <th scope="row">
              <a href={`#/batches/${encodeURIComponent(batch_id)}`} className="mono break">
                {batch_id}
              </a>
            </th>
            <td data-label="Waits for">
              {nameOf(waits_for)}
              {phase && <span className="soft"> ({nameOf(phase)})</span>}
              <div className="small faint">{advice}</div>
            </td>
            <td data-label="Since">
              <Ago at={since} />
            </td>
            <td data-label="Deadline">{overdue ? <span className="fail-count">Overdue</span> : (until ?? 'none')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
