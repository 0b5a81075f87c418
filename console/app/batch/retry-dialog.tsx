import { useState } from 'react'
import type { BatchSnapshot, Run } from '../../client/types.ts'
import { usePlan } from '../../hooks/use-plan.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { Preview } from './start-panel.tsx'
import { useAssignment } from './use-assignment.ts'
import { useRequest } from './use-request.ts'

/** Runs again what failed: shows what that would be, then does it. */
export const RetryButton = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const [isOpen, setOpen] = useState(false)
  const { run } = details
  if (!run || run.status === 'processing' || details.failed_essay_count === 0) return null
  return (
    <>
      <Button look="quiet" icon="again" onPress={() => setOpen(true)}>
        Retry what failed
      </Button>
      <Dialog title="Retry what failed" isOpen={isOpen} onClose={() => setOpen(false)}>
        <RetryForm details={details} run={run} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

interface FormProps extends Pick<BatchSnapshot, 'details'> {
  readonly run: Run
  readonly onClose: () => void
}

const RetryForm = ({ details, run, onClose }: FormProps) => {
  const [assignment, setAssignment] = useAssignment(details.batch_id)
  const prompt = assignment.trim() ? { prompt_payload: { assignment_id: assignment.trim() } } : {}
  const plan = usePlan(details.batch_id, run.requested_pipeline, { is_retry: true, ...prompt })
  const { send, isPending, error, request } = useRequest({ details })
  const isPromptMissing = plan.answer?.phases.some(({ reason }) => reason === 'prompt_missing') ?? false
  const isBlocked = plan.answer?.phases.some(({ decision }) => decision === 'blocked') ?? false

  const retry = async () => {
    if (await send({ requested_pipeline: run.requested_pipeline, is_retry: true, ...prompt })) onClose()
  }
  return (
    <div className="stack">
      <Preview plan={plan} phases={run.phases.length} />
      {(isPromptMissing || assignment !== '') && (
        <Field label="Assignment" value={assignment} onChange={setAssignment} hint="The assignment of the first run" />
      )}
      {error !== undefined && <ErrorNotice error={error} what="Nothing was started" />}
      {request?.verdict === 'refused' && <Notice tone="bad" title={request.detail ?? 'The request was refused'} />}
      <div className="dialog-actions">
        <Button look="quiet" onPress={onClose}>
          Not now
        </Button>
        <Button icon="again" isPending={isPending} isDisabled={isBlocked || !plan.answer} onPress={() => void retry()}>
          Retry
        </Button>
      </div>
    </div>
  )
}
