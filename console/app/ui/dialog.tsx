import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface Props {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  /** A question that must be answered, and not only closed. */
  readonly isAlert?: boolean
  readonly isWide?: boolean
  readonly children: React.ReactNode
}

/** Keeps focus within it, gives it back when it closes, and closes with Escape or a press beside it. */
export const Dialog = ({ title, isOpen, onClose, isAlert, isWide, children }: Props) => (
  <ModalOverlay
    className="overlay"
    isOpen={isOpen}
    isDismissable={!isAlert}
    onOpenChange={(open) => {
      if (!open) onClose()
    }}
  >
    <Modal className={isWide ? 'modal modal-wide' : 'modal'}>
      <AriaDialog className="dialog" role={isAlert ? 'alertdialog' : 'dialog'}>
        <Heading slot="title" level={2}>
          {title}
        </Heading>
        {children}
      </AriaDialog>
    </Modal>
  </ModalOverlay>
)
