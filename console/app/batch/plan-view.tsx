import type { Plan } from '../../client/types.ts'
import { Chip } from '../ui/chip.tsx'
import { count, nameOf, reasonOf } from '../ui/words.ts'

/** What would happen to each phase, and why. */
export const PlanView = ({ plan }: { readonly plan: Plan }) => (
  <ol className="plan" aria-label="The plan">
    {plan.phases.map(({ phase, decision, reason, essay_count }) => (
      <li key={phase}>
        {/* A request for a batch whose texts are on their way is taken, and waits for them. */}
        <Chip status={reason === 'content_not_ready' ? 'waits' : decision} />
        <div>
          <strong>{nameOf(phase)}</strong>
          {decision === 'run' && <span className="soft">, {count(essay_count, 'essay')}</span>}
          <p className="small soft">{reasonOf(reason)}</p>
        </div>
      </li>
    ))}
  </ol>
)
