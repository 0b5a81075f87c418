import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { BatchState, BatchSummary } from '../../client/types.ts'
import { useBatches } from '../../hooks/use-batches.ts'
import { Page } from '../layout/page.tsx'
import { useSession } from '../session/context.tsx'
import { Button } from '../ui/button.tsx'
import { BATCH_STATES, lookOf } from '../ui/chip.tsx'
import { Select } from '../ui/field.tsx'
import { LiveBadge } from '../ui/live-badge.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { useRepeated } from '../ui/use-repeated.ts'
import { BatchTable } from './batch-table.tsx'
import { RegisterDialog } from './register-dialog.tsx'

const FILTERS = [
  { value: 'all', label: 'Any status' },
  ...BATCH_STATES.map((state) => ({ value: state, label: lookOf(state).label })),
] as const satisfies readonly { value: BatchState | 'all'; label: string }[]

const OWNERS = [
  { value: 'me', label: 'Mine' },
  { value: 'organisation', label: 'My organisation' },
] as const
type Owner = (typeof OWNERS)[number]['value']

/** The batches of whoever is signed in. The filter stands in the address, so that it outlives a reload. */
export const BatchesPage = () => {
  const [isOpen, setOpen] = useState(false)
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  const status = BATCH_STATES.find((state) => state === search.get('status'))
  const session = useSession()
  const mayChoose = session?.orgId !== undefined && session.roles.includes('admin')
  const of = mayChoose && search.get('of') === 'organisation' ? 'organisation' : 'me'
  const go = (next: { readonly status?: BatchState | 'all'; readonly of?: Owner }) => {
    const wanted = new URLSearchParams({ status: status ?? 'all', of, ...next })
    if (wanted.get('status') === 'all') wanted.delete('status')
    if (wanted.get('of') === 'me') wanted.delete('of')
    navigate(wanted.size === 0 ? '/' : `/?${wanted}`)
  }
  const list = useBatches({ of, ...(status ? { status } : {}) })
  // The stream tells of one's own batches only.
  useRepeated(10_000, () => of === 'organisation' && list.again())
  const register = () => setOpen(true)

  return (
    <Page
      title="Batches"
      actions={
        <Button icon="plus" onPress={register}>
          Register a batch
        </Button>
      }
    >
      <div className="stack">
        <div className="spread">
          <div className="row">
            <Select
              label="Status"
              value={status ?? 'all'}
              onChange={(chosen) => go({ status: chosen })}
              options={FILTERS}
              isInline
            />
            {mayChoose && (
              <Select label="Of" value={of} onChange={(chosen) => go({ of: chosen })} options={OWNERS} isInline />
            )}
          </div>
          <LiveBadge connection={list.connection} />
        </div>
        {list.error !== undefined && (
          <ErrorNotice error={list.error} what="The list is not up to date" onRetry={list.again} />
        )}
        {list.batches ? (
          <Found batches={list.batches} isFiltered={status !== undefined} onRegister={register} />
        ) : (
          list.error === undefined && <Loading what="The list of batches" heights={[44, 58, 58, 58, 58]} />
        )}
        {list.more && (
          <div className="center">
            <Button look="quiet" onPress={list.more}>
              Show more
            </Button>
          </div>
        )}
      </div>
      <RegisterDialog isOpen={isOpen} onClose={() => setOpen(false)} />
    </Page>
  )
}

interface FoundProps {
  readonly batches: readonly BatchSummary[]
  readonly isFiltered: boolean
  readonly onRegister: () => void
}

const Found = ({ batches, isFiltered, onRegister }: FoundProps) => {
  if (batches.length > 0) return <BatchTable batches={batches} />
  return (
    <section className="card empty" aria-label="No batches">
      <h2>{isFiltered ? 'No batch stands so now' : 'No batches yet'}</h2>
      <p>
        {isFiltered
          ? 'Choose another status, or any.'
          : 'A batch is a set of essays that are worked on together. Register one, then ask for feedback or grades.'}
      </p>
      {!isFiltered && (
        <Button icon="plus" look="quiet" onPress={onRegister}>
          Register the first batch
        </Button>
      )}
    </section>
  )
}
