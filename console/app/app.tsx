import { lazy, Suspense } from 'react'
import { Route, Router, Switch } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import type { Baton } from '../client/client.ts'
import { BatonProvider } from '../hooks/baton-provider.tsx'
import { BatchPage } from './batch/batch-page.tsx'
import { BatchesPage } from './batches/batches-page.tsx'
import { Page } from './layout/page.tsx'
import { Shell } from './layout/shell.tsx'
import { SessionContext, useSession } from './session/context.tsx'
import type { SessionStore } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { Loading } from './ui/loading.tsx'

/** Only administrators need it, and it brings the plots. */
const OperationsPage = lazy(() => import('./admin/operations-page.tsx'))

interface Props {
  readonly baton: Baton
  readonly session: SessionStore
  readonly signIn: 'dev' | 'token'
}

/** The console: a client of the API like any other, with the rights of whoever is signed in. */
export const App = ({ baton, session, signIn }: Props) => (
  <SessionContext value={session}>
    <BatonProvider baton={baton}>
      <Router hook={useHashLocation}>
        <Pages signIn={signIn} devToken={baton.devToken} />
      </Router>
    </BatonProvider>
  </SessionContext>
)

const Pages = ({ signIn, devToken }: Pick<Props, 'signIn'> & Pick<Baton, 'devToken'>) => {
  const session = useSession()
  if (!session) return <SignIn mode={signIn} devToken={devToken} />
  return (
    <Shell>
      <Switch>
        <Route path="/">
          <BatchesPage />
        </Route>
        <Route path="/batches/:id">{({ id }) => <BatchPage key={id} batchId={decodeURIComponent(id)} />}</Route>
        {session.roles.includes('admin') && (
          <Route path="/operations">
            <Suspense fallback={<Loading what="The page" heights={[40, 160, 180, 120]} />}>
              <OperationsPage />
            </Suspense>
          </Route>
        )}
        <Route>
          <Page title="There is no such page">
            <p>
              The <a href="#/">list of batches</a> is a good place to go on from.
            </p>
          </Page>
        </Route>
      </Switch>
    </Shell>
  )
}
