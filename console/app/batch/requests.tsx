import type { RequestEntry } from '../../client/types.ts'
import { Chip } from '../ui/chip.tsx'
import { Ago } from '../ui/time.tsx'
import { nameOf } from '../ui/words.ts'

/** What was asked for, newest first, and what became of it; refusals too. */
export const Requests = ({ requests }: { readonly requests: readonly RequestEntry[] }) => (
  <ol className="requests">
    {requests.toReversed().map((request) => (
      <li key={request.request_id}>
        <div className="spread">
          <span>
            {nameOf(request.requested_pipeline)}
            {request.is_retry && ' (retry)'}
          </span>
          <Chip status={request.verdict} />
        </div>
        {request.detail && <p className="small soft">{request.detail}</p>}
        <p className="small faint">
          <Ago at={request.received_at} />
        </p>
      </li>
    ))}
  </ol>
)
