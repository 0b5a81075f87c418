import { createRoute } from '@hono/zod-openapi'
import type { StatusResponse } from '../../shared/contracts/http/conductor.ts'
import {
  type BatchSnapshot,
  type NewerAnswer,
  NewerRequest,
  NewerResponse,
} from '../../shared/contracts/http/snapshots.ts'
import { PassingError } from '../../shared/errors.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { BatchStore } from '../state/port.ts'
import { statusOf } from '../status/status.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/batches/newer',
  summary: 'Snapshots of those batches that have changed since',
  request: { body: { required: true, content: { 'application/json': { schema: NewerRequest } } } },
  responses: {
    200: { description: 'One answer for each', content: { 'application/json': { schema: NewerResponse } } },
    ...problemResponses('INVALID_REQUEST', 'AUTHENTICATION_ERROR', 'VALIDATION_ERROR', 'SERVICE_UNAVAILABLE'),
  },
})

export interface NewerSnapshotsDeps {
  readonly store: Pick<BatchStore, 'read' | 'revision'>
  readonly catalog: Catalog
}

/**
 * What gateways that watch batches read: in bulk, since many change at once, and by revision, since most of those that
 * are looked at again have not changed. A bucket that catches up holds its own batches only.
 */
export const newerSnapshots = (app: App, { store, catalog }: NewerSnapshotsDeps): void => {
  const answerFor = async ({ batch_id, revision }: NewerRequest['batches'][number]): Promise<NewerAnswer> => {
    try {
      const id = batchId(batch_id)
      const current = Number(await store.revision(id))
      if (current === 0) return { state: 'unknown', batch_id }
      if (current <= revision) return { state: 'unchanged', batch_id }
      const status = statusOf(await store.read(id, { book: true }), catalog)
      if (!status) return { state: 'unknown', batch_id }
      const { user_id, org_id } = status
      return { state: 'newer', batch_id, user_id, org_id, snapshot: snapshotOf(status) }
    } catch (thrown) {
      if (thrown instanceof PassingError && thrown.source === 'catching_up') return { state: 'catching_up', batch_id }
      throw thrown
    }
  }

  app.openapi(route, async (c) => {
    const { batches } = c.req.valid('json')
    return c.json({ batches: await Promise.all(batches.map(answerFor)) }, 200)
  })
}

const snapshotOf = ({ status, details }: StatusResponse): BatchSnapshot => {
  const { essays, essays_truncated, ...rest } = details
  return { status, details: rest }
}
