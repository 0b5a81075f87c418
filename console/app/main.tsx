import { createRoot } from 'react-dom/client'
import { createBaton } from '../client/client.ts'
import { App } from './app.tsx'
import { restoreTheme } from './layout/theme.tsx'
import { createSessionStore } from './session/session.ts'

restoreTheme()
// Getting a token needs none, so this client is not signed in.
const { devToken } = createBaton()
const session = createSessionStore(sessionStorage, devToken)
const baton = createBaton({ token: session.token })
const signIn =
  document.querySelector<HTMLMetaElement>('meta[name="baton-sign-in"]')?.content === 'dev' ? 'dev' : 'token'

const root = document.getElementById('app')
if (root) createRoot(root).render(<App baton={baton} session={session} signIn={signIn} />)
