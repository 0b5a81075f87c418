import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { BatchSnapshot } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Where the batch's prompt is kept; empty when it has none. The reference's shape is that of the services that read it. */
const storageIdOf = ({ student_prompt_ref }: BatchSnapshot['details']): string => {
  const id = ['references', 'student_prompt_text', 'storage_id'].reduce(member, student_prompt_ref)
  return typeof id === 'string' ? id : ''
}

/** Attaches a prompt to the batch, or another one: what runs later works with it. */
export const PromptForm = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const known = storageIdOf(details)
  const [storageId, setStorageId] = useState(known)
  const [saved, setSaved] = useState<string>()
  const wanted = storageId.trim()
  const save = useAction(async () => {
    const student_prompt_text = { storage_id: wanted, path: '' }
    await baton.setPrompt(details.batch_id, { student_prompt_ref: { references: { student_prompt_text } } })
    setSaved(wanted)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save.run()
  }
  return (
    <Form className="stack" onSubmit={submit} validationBehavior="aria">
      <Field
        label="Prompt"
        mono
        value={storageId}
        onChange={setStorageId}
        hint="The storage id of its text, for the runs that start later"
      />
      <div>
        <Button
          type="submit"
          look="quiet"
          isPending={save.isPending}
          isDisabled={wanted === '' || wanted === (saved ?? known)}
        >
          {known === '' && saved === undefined ? 'Attach the prompt' : 'Replace the prompt'}
        </Button>
      </div>
      {saved !== undefined && saved === wanted && <Notice tone="good" title="Later runs work with this prompt" />}
      {save.error !== undefined && <ErrorNotice error={save.error} what="The prompt was not attached" />}
    </Form>
  )
}
