import type { BatchState } from '../../client/types.ts'
import { Icon, type IconName } from './icon.tsx'
import type { Tone } from './notice.tsx'

interface Look {
  readonly label: string
  readonly tone: Tone
  readonly icon: IconName
}

/** How a status of a batch, a run or a phase looks; the words are the API's, for people. */
const LOOKS: Readonly<Record<string, Look>> = {
  pending_content: { label: 'Waiting for texts', tone: 'warn', icon: 'clock' },
  ready: { label: 'Ready', tone: 'plain', icon: 'check' },
  processing: { label: 'Running', tone: 'busy', icon: 'busy' },
  running: { label: 'Running', tone: 'busy', icon: 'busy' },
  pending: { label: 'Up next', tone: 'plain', icon: 'clock' },
  completed_successfully: { label: 'Completed', tone: 'good', icon: 'check' },
  completed_with_failures: { label: 'Completed, some failed', tone: 'warn', icon: 'warn' },
  failed: { label: 'Failed', tone: 'bad', icon: 'cross' },
  cancelled: { label: 'Cancelled', tone: 'plain', icon: 'stop' },
  skipped: { label: 'Skipped', tone: 'plain', icon: 'skip' },
  skipped_due_to_dependency_failure: { label: 'Not run', tone: 'warn', icon: 'skip' },
  run: { label: 'Run', tone: 'busy', icon: 'play' },
  skip: { label: 'Skip', tone: 'plain', icon: 'skip' },
  blocked: { label: 'Blocked', tone: 'bad', icon: 'stop' },
  healthy: { label: 'Ready', tone: 'good', icon: 'check' },
  not_ready: { label: 'Not ready', tone: 'bad', icon: 'cross' },
  unreachable: { label: 'Not reached', tone: 'bad', icon: 'cross' },
  waits: { label: 'Waits', tone: 'warn', icon: 'clock' },
  accepted: { label: 'Accepted', tone: 'good', icon: 'check' },
  refused: { label: 'Refused', tone: 'bad', icon: 'cross' },
  planning: { label: 'Planning', tone: 'busy', icon: 'busy' },
  waiting_for_content: { label: 'Waiting for texts', tone: 'warn', icon: 'clock' },
}

export const lookOf = (status: string): Look => LOOKS[status] ?? { label: status, tone: 'plain', icon: 'info' }

export const BATCH_STATES = [
  'pending_content',
  'ready',
  'processing',
  'completed_successfully',
  'completed_with_failures',
  'failed',
  'cancelled',
] as const satisfies readonly BatchState[]

/** A status in a word, a colour and a sign. */
export const Chip = ({ status }: { readonly status: string }) => {
  const { label, tone, icon } = lookOf(status)
  return (
    <span className={`chip tone-${tone}`}>
      <Icon name={icon} size={14} />
      {label}
    </span>
  )
}
