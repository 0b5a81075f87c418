import type { Letter, LetterGroup, Redriven } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { useAction } from '../ui/use-action.ts'
import { count, nameOf } from '../ui/words.ts'

interface Props {
  readonly group: LetterGroup
  readonly onClose: () => void
}

/** The letters of one group: what each of them holds, and what redriving all of them would do. */
export const LettersDialog = ({ group: { topic, reason, cause }, onClose }: Props) => {
  const { operations } = useBaton()
  const filter = { topic, reason, cause }
  const open = { ...filter, state: 'open' } as const
  const letters = useAnswer(JSON.stringify(filter), () => operations.letters({ ...filter, limit: 50 }))
  const preview = useAnswer(JSON.stringify(open), () => operations.redrive({ filter: open, dry_run: true }))
  const redrive = useAction(() => operations.redrive({ filter: open, dry_run: false }))
  const park = useAction(operations.park)
  const again = () => {
    letters.again()
    preview.again()
  }
  const error = redrive.error ?? park.error ?? letters.error ?? preview.error
  const would = preview.answer?.counts.would_be_redriven ?? 0
  // What comes above the button would move it under a press.
  const isComplete = letters.answer !== undefined || letters.error !== undefined

  return (
    <Dialog title={cause} isOpen onClose={onClose} isWide>
      <p className="small soft break">{topic}</p>
      {letters.answer ? (
        <ul className="letters">
          {letters.answer.letters.map((letter) => (
            <LetterRow
              key={letter.letter_id}
              letter={letter}
              onPark={() => void park.run(letter.letter_id).then(again)}
            />
          ))}
        </ul>
      ) : (
        <Loading what="The letters" heights={[60, 60]} />
      )}
      {preview.answer && <Preview counts={preview.answer.counts} />}
      {error !== undefined && <ErrorNotice error={error} what="That did not work" onRetry={again} />}
      <div className="dialog-actions">
        <Button look="quiet" onPress={onClose}>
          Close
        </Button>
        <Button
          icon="again"
          isPending={redrive.isPending}
          isDisabled={would === 0 || !isComplete}
          onPress={() => void redrive.run().then(again)}
        >
          {would === 0 ? 'Nothing to redrive' : `Redrive ${count(would, 'letter')}`}
        </Button>
      </div>
    </Dialog>
  )
}

const Preview = ({ counts }: Pick<Redriven, 'counts'>) => {
  const lines = Object.entries(counts).map(([outcome, n]) => `${nameOf(outcome)}: ${n}`)
  if (lines.length === 0) return null
  return (
    <Notice title="What redriving would do">
      <p className="small">{lines.join('. ')}</p>
    </Notice>
  )
}

interface RowProps {
  readonly letter: Letter
  readonly onPark: () => void
}

const LetterRow = ({ letter, onPark }: RowProps) => (
  <li>
    <div className="spread">
      <span className="small">
        <Ago at={letter.at} />, {letter.state}
        {letter.batch_id && (
          <>
            {', '}
            <a href={`#/batches/${encodeURIComponent(letter.batch_id)}`} className="mono break">
              {letter.batch_id}
            </a>
          </>
        )}
      </span>
      {letter.state === 'open' && (
        <Button look="plain" size="small" onPress={onPark}>
          Park
        </Button>
      )}
    </div>
    <p className="small soft break">{letter.error}</p>
    <details>
      <summary className="small">The record</summary>
      <Content letterId={letter.letter_id} />
    </details>
  </li>
)

const Content = ({ letterId }: { readonly letterId: string }) => {
  const { operations } = useBaton()
  const { answer, error } = useAnswer(letterId, () => operations.letter(letterId))
  if (error !== undefined) return <ErrorNotice error={error} what="The record cannot be shown" />
  if (!answer) return <Loading what="The record" heights={[80]} />
  return <pre className="record">{JSON.stringify(answer.letter, null, 2)}</pre>
}
