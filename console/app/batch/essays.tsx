import { useState } from 'react'
import type { BatchSnapshot, EssayStatus } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Button } from '../ui/button.tsx'
import { Select } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { nameOf } from '../ui/words.ts'

const FILTERS = [
  { value: 'all', label: 'All' },
  { value: 'failed', label: 'Failed' },
  { value: 'refused', label: 'Refused' },
  { value: 'succeeded', label: 'Succeeded' },
  { value: 'pending', label: 'Nothing yet' },
] as const
type Filter = (typeof FILTERS)[number]['value']

const STEP = 50

/** Every essay, and what each phase said of it. Read again when the batch's numbers change. */
export const Essays = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const [filter, setFilter] = useState<Filter>('all')
  const [limit, setLimit] = useState(STEP)
  const numbers = details.phases.map(({ succeeded, failed }) => succeeded + failed)
  const question = JSON.stringify([details.batch_id, filter, limit])
  const status = filter === 'all' ? {} : { status: filter }
  const ask = () => baton.essays(details.batch_id, { ...status, limit })
  const asked = useAnswer(question, ask, JSON.stringify([numbers, details.failed_essay_count]))
  // While the next answer is on its way the last one stays.
  const [kept, setKept] = useState(asked.answer)
  if (asked.answer && asked.answer !== kept) setKept(asked.answer)
  const phases = details.phases.filter(({ status }) => status !== 'not_requested').map(({ phase }) => phase)

  return (
    <section className="card card-flush" aria-labelledby="essays">
      <div className="card-head">
        <h2 id="essays">Essays</h2>
        <Select label="Show" value={filter} onChange={setFilter} options={FILTERS} isInline />
      </div>
      {asked.error !== undefined && (
        <ErrorNotice error={asked.error} what="The essays are not up to date" onRetry={asked.again} />
      )}
      {kept ? (
        <EssayTable essays={kept.essays} phases={phases} />
      ) : (
        <div className="pad">
          <Loading what="The list of essays" heights={[40, 40, 40]} />
        </div>
      )}
      {kept?.next_cursor != null && limit < 1_000 && (
        <div className="center pad">
          <Button look="quiet" size="small" onPress={() => setLimit((shown) => Math.min(1_000, shown * 4))}>
            Show more
          </Button>
        </div>
      )}
    </section>
  )
}

interface TableProps {
  readonly essays: readonly EssayStatus[]
  readonly phases: readonly string[]
}

const EssayTable = ({ essays, phases }: TableProps) => {
  if (essays.length === 0) return <p className="pad soft">No essay stands so.</p>
  return (
    <table className="cards table-tight">
      <thead>
        <tr>
          <th scope="col">Essay</th>
          {phases.map((phase) => (
            <th key={phase} scope="col">
              {nameOf(phase)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {essays.map((essay) => (
          <tr key={essay.essay_id}>
            <th scope="row" className="break">
              {essay.essay_id}
              {essay.refused !== null && <p className="small fail-count">Refused: {essay.refused}</p>}
            </th>
            {phases.map((phase) => (
              <td key={phase} data-label={nameOf(phase)}>
                <Outcome of={essay.phases[phase]} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Outcome = ({ of: outcome }: { readonly of: EssayStatus['phases'][string] | undefined }) => {
  if (!outcome) return <span className="faint">–</span>
  if (outcome.outcome === 'succeeded')
    return (
      <span className="outcome outcome-good">
        <Icon name="check" size={14} /> Done
      </span>
    )
  return (
    <span className="outcome outcome-bad">
      <Icon name="cross" size={14} /> {outcome.error_code ? nameOf(outcome.error_code.toLowerCase()) : 'Failed'}
    </span>
  )
}
