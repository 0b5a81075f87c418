import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Baton } from '../../client/client.ts'
import type { Role } from '../../client/types.ts'
import { useTitle } from '../layout/page.tsx'
import { Wordmark } from '../layout/wordmark.tsx'
import { Button } from '../ui/button.tsx'
import { Choices, Field } from '../ui/field.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { useSessionStore } from './context.tsx'
import { sessionOf } from './session.ts'

interface Props {
  /** `dev`: the gateway gives tokens to anybody who says a name. */
  readonly mode: 'dev' | 'token'
  readonly devToken: Baton['devToken']
}

export const SignIn = ({ mode, devToken }: Props) => {
  useTitle('Sign in')
  return (
    <div className="sign-in">
      <header>
        <Wordmark />
      </header>
      <main className="card stack" id="main">
        <div>
          <h1>Sign in</h1>
          <p className="soft">
            {mode === 'dev'
              ? 'This gateway is for development: any name will do.'
              : 'With the token that your identity provider gave you.'}
          </p>
        </div>
        {mode === 'dev' ? <ByName devToken={devToken} /> : <ByToken />}
        {mode === 'dev' && (
          <details>
            <summary className="soft">Use a token instead</summary>
            <ByToken />
          </details>
        )}
      </main>
    </div>
  )
}

const ROLES = [
  { value: 'teacher', label: 'Teacher', hint: 'Batches of your own' },
  { value: 'admin', label: 'Administrator', hint: 'Operations too' },
] as const

const ByName = ({ devToken }: Pick<Props, 'devToken'>) => {
  const store = useSessionStore()
  const [name, setName] = useState('ada')
  const [role, setRole] = useState<'teacher' | 'admin'>('teacher')
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<unknown>()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const roles: readonly Role[] = role === 'admin' ? ['teacher', 'admin'] : ['teacher']
    setPending(true)
    setError(undefined)
    try {
      const token = await devToken(name.trim(), roles)
      store.set({ kind: 'dev', orgId: undefined, userId: name.trim(), roles, token })
    } catch (thrown) {
      setError(thrown)
      setPending(false)
    }
  }
  return (
    <Form className="stack" onSubmit={submit}>
      <Field label="Name" value={name} onChange={setName} isRequired autoComplete="username" />
      <Choices label="Role" value={role} onChange={setRole} choices={ROLES} isInline />
      {error !== undefined && <ErrorNotice error={error} what="You are not signed in" />}
      <Button type="submit" size="wide" isPending={isPending}>
        Sign in
      </Button>
    </Form>
  )
}

const ByToken = () => {
  const store = useSessionStore()
  const [token, setToken] = useState('')
  const [error, setError] = useState<string>()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const session = sessionOf(token, 'pasted')
    if (session) store.set(session)
    else setError('This is not a token: it has three parts with dots between them, and says who it is for.')
  }
  return (
    <Form className="stack" onSubmit={submit}>
      <Field label="Token" lines={4} mono value={token} onChange={setToken} isRequired error={error} />
      <Button type="submit" size="wide" look="quiet">
        Use this token
      </Button>
    </Form>
  )
}
