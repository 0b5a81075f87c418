import { Chip } from '../ui/chip.tsx'
import { count, nameOf, reasonOf } from '../ui/words.ts'

interface PlannedPhase {
  readonly phase: string
  readonly decision: string
  readonly reason: string
  readonly essays: number
}

/** What would happen to each phase, and why. */
export const PlanList = ({ phases }: { readonly phases: readonly PlannedPhase[] }) => (
  <ol className="plan" aria-label="The plan">
    {phases.map(({ phase, decision, reason, essays }) => (
      <li key={phase}>
        {/* A request for a batch whose texts are on their way is taken, and waits for them. */}
        <Chip status={reason === 'content_not_ready' ? 'waits' : decision} />
        <div>
          <strong>{nameOf(phase)}</strong>
          {decision === 'run' && <span className="soft">, {count(essays, 'essay')}</span>}
          <p className="small soft">{reasonOf(reason)}</p>
        </div>
      </li>
    ))}
  </ol>
)
