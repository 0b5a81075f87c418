import { useState } from 'react'
import type { BatchSnapshot, Retried } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { PlanList } from './plan-view.tsx'

/** Runs again what failed: shows what that would be, then does just that. */
export const RetryButton = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const [isOpen, setOpen] = useState(false)
  const { run } = details
  if (!run || run.status === 'processing' || details.failed_essay_count === 0) return null
  const close = () => setOpen(false)
  return (
    <>
      <Button look="quiet" icon="again" onPress={() => setOpen(true)}>
        Retry what failed
      </Button>
      <Dialog title="Retry what failed" isOpen={isOpen} onClose={close}>
        <Retry batchId={details.batch_id} phases={run.phases.length} onClose={close} />
      </Dialog>
    </>
  )
}

interface Props {
  readonly batchId: string
  readonly phases: number
  readonly onClose: () => void
}

const REASON = 'asked for in the console'

const Retry = ({ batchId, phases, onClose }: Props) => {
  const baton = useBaton()
  const preview = useAnswer(batchId, () => baton.retry(batchId, { reason: REASON, dry_run: true }))
  // What runs is what was shown: if the facts have moved since, the gateway refuses.
  const retry = useAction((shown: Retried) =>
    baton.retry(batchId, { reason: REASON, plan_revision: shown.plan_revision }),
  )
  const { answer } = preview
  return (
    <div className="stack">
      {answer ? (
        <PlanList phases={answer.phases.map((phase) => ({ ...phase, essays: phase.essay_ids.length }))} />
      ) : preview.error === undefined ? (
        <Loading what="The plan" heights={[phases * 68]} />
      ) : (
        <ErrorNotice error={preview.error} what="There is nothing to retry now" onRetry={preview.again} />
      )}
      {retry.error !== undefined && (
        <ErrorNotice error={retry.error} what="Nothing was started" onRetry={preview.again} />
      )}
      <div className="dialog-actions">
        <Button look="quiet" onPress={onClose}>
          Not now
        </Button>
        <Button
          icon="again"
          isPending={retry.isPending}
          isDisabled={!answer}
          onPress={() => answer && void retry.run(answer).then((isDone) => isDone && onClose())}
        >
          Retry
        </Button>
      </div>
    </div>
  )
}
