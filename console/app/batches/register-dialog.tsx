import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { useLocation } from 'wouter'
import type { CourseCode } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Choices, Field, Select } from '../ui/field.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { count } from '../ui/words.ts'

const COURSES = [
  { value: 'ENG5', label: 'English 5' },
  { value: 'ENG6', label: 'English 6' },
  { value: 'ENG7', label: 'English 7' },
  { value: 'SV1', label: 'Swedish 1' },
  { value: 'SV2', label: 'Swedish 2' },
  { value: 'SV3', label: 'Swedish 3' },
] as const satisfies readonly { value: CourseCode; label: string }[]

const WAYS = [
  { value: 'names', label: 'By name' },
  { value: 'count', label: 'By number' },
] as const

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Registers a batch and goes to its page. */
export const RegisterDialog = ({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) => (
  <Dialog title="Register a batch" isOpen={isOpen} onClose={onClose}>
    <RegisterForm onClose={onClose} />
  </Dialog>
)

const RegisterForm = ({ onClose }: { readonly onClose: () => void }) => {
  const baton = useBaton()
  const [, navigate] = useLocation()
  const [course, setCourse] = useState<CourseCode>('ENG5')
  const [way, setWay] = useState<'names' | 'count'>('names')
  const [text, setText] = useState('')
  const [number, setNumber] = useState('20')
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<unknown>()
  const [complaint, setComplaint] = useState<string>()

  const names = linesOf(text)
  const expected = way === 'names' ? names.length : Number(number)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!Number.isInteger(expected) || expected < 1) {
      setComplaint(way === 'names' ? 'Name at least one essay.' : 'Say how many there are: a whole number from 1.')
      return
    }
    setComplaint(undefined)
    setError(undefined)
    setPending(true)
    try {
      const ids = way === 'names' ? { essay_ids: [...names] } : {}
      const { batch_id } = await baton.register({ expected_essay_count: expected, course_code: course, ...ids })
      onClose()
      navigate(`/batches/${encodeURIComponent(batch_id)}`)
    } catch (thrown) {
      setError(thrown)
      setPending(false)
    }
  }

  return (
    <Form className="stack" onSubmit={submit} validationBehavior="aria">
      <Select label="Course" value={course} onChange={setCourse} options={COURSES} />
      <Choices label="Essays" value={way} onChange={setWay} choices={WAYS} isInline />
      {way === 'names' ? (
        <Field
          label="One name a line"
          lines={6}
          value={text}
          onChange={setText}
          error={complaint}
          hint={names.length > 0 ? count(names.length, 'essay') : 'Such as anna, bo, cleo'}
        />
      ) : (
        <Field label="How many" inputMode="numeric" value={number} onChange={setNumber} error={complaint} />
      )}
      {error !== undefined && <ErrorNotice error={error} what="The batch was not registered" />}
      <div className="dialog-actions">
        <Button look="quiet" onPress={onClose}>
          Not now
        </Button>
        <Button type="submit" isPending={isPending}>
          Register
        </Button>
      </div>
    </Form>
  )
}
