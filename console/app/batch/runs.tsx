import type { BatchSnapshot } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Timeline } from './timeline.tsx'

/** The batch's runs, newest first: the newest is live, those before it are read once for each new run. */
export const Runs = ({ details: { batch_id, run } }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const { answer } = useAnswer(run ? `${batch_id} ${run.run_id}` : undefined, () => baton.runs(batch_id))
  const earlier = answer?.runs.filter(({ run_id }) => run_id !== run?.run_id) ?? []
  return (
    <section className="card" aria-labelledby="runs">
      <h2 id="runs">Runs</h2>
      <Timeline runs={[...(run ? [run] : []), ...earlier]} />
    </section>
  )
}
