import type { BatchSnapshot } from '../../client/types.ts'
import { useBatch } from '../../hooks/use-batch.ts'
import { Page } from '../layout/page.tsx'
import { Chip } from '../ui/chip.tsx'
import { LiveBadge } from '../ui/live-badge.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { count } from '../ui/words.ts'
import { CancelButton } from './cancel-dialog.tsx'
import { Essays } from './essays.tsx'
import { PromptForm } from './prompt-form.tsx'
import { Relay } from './relay.tsx'
import { Requests } from './requests.tsx'
import { RetryButton } from './retry-dialog.tsx'
import { Runs } from './runs.tsx'
import { StartPanel } from './start-panel.tsx'
import { UploadPanel } from './upload-panel.tsx'

/** A batch, live: what is happening to it, what happened, and what can be asked for. */
export const BatchPage = ({ batchId }: { readonly batchId: string }) => {
  const { batch, connection, problem } = useBatch(batchId)
  const lead = (
    <p className="row">
      <code className="small faint break">{batchId}</code>
      <LiveBadge connection={connection} />
    </p>
  )
  return (
    <Page
      title={batch ? `Batch of ${count(batch.details.essay_count, 'essay')}` : 'Batch'}
      lead={lead}
      actions={batch && <Actions batch={batch} />}
    >
      {connection === 'refused' && (
        <ErrorNotice
          error={problem}
          what={batch ? 'This page is not followed any more' : 'This batch cannot be shown'}
        />
      )}
      {batch ? <Batch batch={batch} /> : connection !== 'refused' && <BatchLoading connection={connection} />}
    </Page>
  )
}

const BatchLoading = ({ connection }: { readonly connection: string }) => (
  <div className="stack">
    {connection === 'reconnecting' && (
      <Notice tone="warn" title="The gateway does not answer">
        <p>It is tried again until it does.</p>
      </Notice>
    )}
    <div className="columns">
      <Loading what="The batch" heights={[92, 260, 180]} />
      <Loading what="What can be asked for" heights={[420]} />
    </div>
  </div>
)

const Actions = ({ batch: { status, details } }: { readonly batch: BatchSnapshot }) => (
  <>
    <Chip status={status} />
    <RetryButton details={details} />
    <CancelButton details={details} />
  </>
)

const Batch = ({ batch: { details } }: { readonly batch: BatchSnapshot }) => (
  <div className="columns">
    <div>
      <section className="card" aria-label="Numbers">
        <dl className="facts">
          <Fact name="Essays" value={details.essay_count} />
          <Fact name="Through" value={details.completed_essay_count} />
          <Fact name="Failed" value={details.failed_essay_count} />
          <div>
            <dt>Registered</dt>
            <dd className="fact-time">{details.created_at ? <Ago at={details.created_at} /> : 'just now'}</dd>
          </div>
        </dl>
      </section>
      <section className="card" aria-labelledby="phases">
        <h2 id="phases">Phases</h2>
        <Relay details={details} />
      </section>
      {details.run && <Runs details={details} />}
      <Essays details={details} />
    </div>
    <div>
      <section className="card" aria-labelledby="start">
        <h2 id="start">Ask for a pipeline</h2>
        <StartPanel details={details} />
      </section>
      <section className="card" aria-labelledby="files">
        <h2 id="files">Files and prompt</h2>
        <div className="stack">
          <UploadPanel batchId={details.batch_id} />
          <PromptForm details={details} />
        </div>
      </section>
      {details.requests.length > 0 && (
        <section className="card" aria-labelledby="requests">
          <h2 id="requests">Requests</h2>
          <Requests requests={details.requests} />
        </section>
      )}
    </div>
  </div>
)

const Fact = ({ name, value }: { readonly name: string; readonly value: number }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value.toLocaleString()}</dd>
  </div>
)
