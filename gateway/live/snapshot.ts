import type { BatchSnapshot } from '../../shared/contracts/http/snapshots.ts'
import type { Owner } from '../owners.ts'
import { type Frame, frameOf } from './frames.ts'

/** Of changes that share a snapshot so many traces are told. */
export const MAX_CAUSES = 8

/** A batch as it stood at one revision. */
export interface Snapshot extends Frame {
  readonly batchId: string
  readonly revision: number
  readonly owner: Owner
  /** Correlation ids of the requests that stand in it. */
  readonly requests: readonly string[]
}

export const createSnapshot = (owner: Owner, { status, details }: BatchSnapshot): Snapshot => ({
  ...frameOf('snapshot', details.revision, { status, details }),
  batchId: details.batch_id,
  revision: details.revision,
  owner: { user_id: owner.user_id, org_id: owner.org_id },
  requests: details.requests.map(({ correlation_id }) => correlation_id),
})
