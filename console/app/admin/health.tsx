import type { Health } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Chip } from '../ui/chip.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { useRepeated } from '../ui/use-repeated.ts'
import { nameOf } from '../ui/words.ts'

/** Whether each part can do its work now, and what is in the way. */
export const HealthCard = () => {
  const { operations } = useBaton()
  const { answer, error, again } = useAnswer('health', operations.health)
  useRepeated(5_000, again)
  return (
    <section aria-labelledby="health" className="stack-tight">
      <h2 id="health">Health</h2>
      {error !== undefined && <ErrorNotice error={error} what="The health is not known now" onRetry={again} />}
      {answer ? (
        <ul className="tiles">
          {Object.entries(answer.services).map(([service, part]) => (
            <Service key={service} name={service} part={part} />
          ))}
        </ul>
      ) : (
        error === undefined && <Loading what="The health" heights={[150]} />
      )}
    </section>
  )
}

const Service = ({ name, part }: { readonly name: string; readonly part: Health['services'][string] }) => (
  <li className="card">
    <div className="spread">
      <h3>{nameOf(name)}</h3>
      <Chip status={part.status === 'ready' ? 'healthy' : part.status} />
    </div>
    <ul className="dependencies">
      {Object.entries(part.dependencies).map(([dependency, { status, warnings = [] }]) => (
        <li key={dependency}>
          <div className="spread">
            <span>{nameOf(dependency)}</span>
            <span className={status === 'ready' ? 'small soft' : 'small fail-count'}>
              {status === 'ready' ? 'ready' : 'not ready'}
            </span>
          </div>
          {warnings.map((warning) => (
            <p key={warning} className="small faint break">
              {warning}
            </p>
          ))}
        </li>
      ))}
    </ul>
  </li>
)
