import { useState } from 'react'
import type { BatchSnapshot } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'

const WAITING: readonly string[] = ['waiting_for_content', 'planning']

/** Ends the run that is active, or the request that waits, after a question. */
export const CancelButton = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const [isOpen, setOpen] = useState(false)
  const { batch_id, run, requests } = details
  const active = run?.status === 'processing' ? run : undefined
  // The run that is seen, and not one that has begun since.
  const cancel = useAction(() => baton.cancel(batch_id, active?.run_id))
  const close = () => setOpen(false)
  if (!active && !requests.some(({ verdict }) => WAITING.includes(verdict))) return null
  return (
    <>
      <Button look="danger" icon="stop" onPress={() => setOpen(true)}>
        Cancel
      </Button>
      <Dialog title={active ? 'Cancel this run?' : 'Cancel this request?'} isOpen={isOpen} onClose={close} isAlert>
        <p className="soft">
          What is done stays done. What is at work now may still finish, but nothing new starts. You can ask for a
          pipeline again at any time.
        </p>
        {cancel.error !== undefined && <ErrorNotice error={cancel.error} what="It was not cancelled" />}
        <div className="dialog-actions">
          <Button look="quiet" onPress={close}>
            Let it go on
          </Button>
          <Button
            look="danger"
            icon="stop"
            isPending={cancel.isPending}
            onPress={() => void cancel.run().then((isDone) => isDone && close())}
          >
            Yes, cancel
          </Button>
        </div>
      </Dialog>
    </>
  )
}
