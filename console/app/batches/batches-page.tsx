import { useState } from 'react'
import { Page } from '../layout/page.tsx'
import { Button } from '../ui/button.tsx'
import { RegisterDialog } from './register-dialog.tsx'

export const BatchesPage = () => {
  const [isOpen, setOpen] = useState(false)
  return (
    <Page
      title="Batches"
      actions={
        <Button icon="plus" onPress={() => setOpen(true)}>
          Register a batch
        </Button>
      }
    >
      <RegisterDialog isOpen={isOpen} onClose={() => setOpen(false)} />
    </Page>
  )
}
