import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useSession, useSessionStore } from '../session/context.tsx'
import { Button } from '../ui/button.tsx'
import { OfflineNotice } from './offline.tsx'
import { ThemeButton } from './theme.tsx'
import { Wordmark } from './wordmark.tsx'

/** What stands around every page. */
export const Shell = ({ children }: { readonly children: ReactNode }) => {
  const session = useSession()
  const store = useSessionStore()
  const isAdmin = session?.roles.includes('admin') ?? false
  return (
    <div className="shell">
      {/* A button: the address says which page is shown, so a link to a place on it would lead elsewhere. */}
      <button type="button" className="skip-link" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <div className="top-inner">
          <Wordmark />
          <nav aria-label="Pages">
            <NavLink to="/" label="Batches" isHere={(path) => !path.startsWith('/operations')} />
            {isAdmin && (
              <NavLink to="/operations" label="Operations" isHere={(path) => path.startsWith('/operations')} />
            )}
          </nav>
          <div className="who">
            <span className="who-name" title={session?.userId}>
              {session?.userId}
            </span>
            <ThemeButton />
            <Button look="plain" size="small" onPress={() => store.set(undefined)}>
              Sign out
            </Button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <OfflineNotice />
        {children}
      </main>
    </div>
  )
}

interface NavLinkProps {
  readonly to: string
  readonly label: string
  readonly isHere: (path: string) => boolean
}

const NavLink = ({ to, label, isHere }: NavLinkProps) => {
  const [path] = useLocation()
  return (
    <a className="nav-link" href={`#${to}`} aria-current={isHere(path) ? 'page' : undefined}>
      {label}
    </a>
  )
}
