import { ProblemError, UnreachableError } from '../../client/problem.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'plain'

const ICONS: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  bad: 'cross',
  warn: 'warn',
  busy: 'busy',
  plain: 'info',
}

interface Props {
  readonly tone?: Tone
  readonly title: string
  readonly children?: React.ReactNode
}

/** Said aloud by a screen reader when it appears: at once if something went wrong, else when there is a pause. */
export const Notice = ({ tone = 'plain', title, children }: Props) => (
  <div className={`notice tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon name={ICONS[tone]} />
    <div>
      <strong>{title}</strong>
      {children}
    </div>
  </div>
)

interface ErrorProps {
  readonly error: unknown
  /** What was to be done, as the sentence goes on: "The batch was not registered". */
  readonly what: string
  readonly onRetry?: () => void
}

/** Whatever went wrong, in words, with what a person needs to ask for help. */
export const ErrorNotice = ({ error, what, onRetry }: ErrorProps) => {
  const problem = error instanceof ProblemError ? error.problem : undefined
  const why = error instanceof UnreachableError ? 'The gateway cannot be reached. Are you online?' : undefined
  return (
    <Notice tone="bad" title={what}>
      <p>{problem?.detail ?? why ?? 'Something unexpected went wrong on this page.'}</p>
      {problem?.errors?.map(({ pointer, detail }) => (
        <p key={pointer} className="small break">
          <code>{pointer}</code> {detail}
        </p>
      ))}
      {problem && (
        <p className="small break">
          <a href={`/docs/errors#${problem.code}`}>{problem.code}</a>, correlation id{' '}
          <code>{problem.correlation_id}</code>
        </p>
      )}
      {onRetry && (
        <div>
          <Button look="quiet" size="small" icon="again" onPress={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </Notice>
  )
}
