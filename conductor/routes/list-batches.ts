import { createRoute, z } from '@hono/zod-openapi'
import { ClientStatus } from '../../shared/contracts/http/conductor.ts'
import { BatchesCursor, BatchesPage, type BatchSummary } from '../../shared/contracts/http/lists.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { Owned, OwnedIndex, OwnedPage, Owner } from '../owned/port.ts'
import type { BatchStore } from '../state/port.ts'
import { statusOf } from '../status/status.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches',
  summary: "A user's or an organisation's batches, newest first",
  request: {
    query: z.object({
      user_id: z.string().min(1).max(255).optional(),
      org_id: z.string().min(1).max(255).optional(),
      status: ClientStatus.optional(),
      cursor: BatchesCursor.optional(),
      limit: z
        .string()
        .regex(/^\d{1,3}$/)
        .transform(Number)
        .refine((limit) => limit >= 1 && limit <= 100, 'must be 1 to 100')
        .default(20),
    }),
  },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: BatchesPage } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'VALIDATION_ERROR', 'SERVICE_UNAVAILABLE', 'CATCHING_UP'),
  },
})

export interface ListBatchesDeps {
  readonly store: Pick<BatchStore, 'read'>
  readonly owned: Pick<OwnedIndex, 'list' | 'count'>
  readonly catalog: Catalog
}

/** Batches looked at for one page: a filter that finds little must not read all that somebody ever had. */
const MAX_LOOKED_AT = 500

/** Batches looked at to count those of one status: each is one read of its facts. */
const MAX_COUNTED = 1_000
const COUNTED_AT_ONCE = 100

/** The index says which batches there are, the facts how each of them stands now. */
export const listBatches = (app: App, { store, owned, catalog }: ListBatchesDeps): void => {
  const summaryOf = async (owner: Owner, { batchId, registeredAt }: Omit<Owned, 'owner'>) => {
    const snapshot = await store.read(batchId, { book: true })
    const status = statusOf(snapshot, catalog)
    const since = snapshot.registration?.registeredAt
    // Gone, or registered by somebody else or at another time: the index may be behind, the facts are not.
    if (!status || since === undefined || Math.round(since * 1_000) !== registeredAt) return undefined
    return (owner.kind === 'user' ? status.user_id : status.org_id) === owner.id ? shorten(status) : undefined
  }

  type Status = z.infer<typeof ClientStatus>

  /** Null where somebody has too many to look at all of them for one answer. */
  const totalOf = async (owner: Owner, status: Status | undefined): Promise<number | null> => {
    const all = await owned.count(owner)
    if (status === undefined) return all
    if (all > MAX_COUNTED) return null
    let total = 0
    let next: string | null = null
    do {
      const page: OwnedPage = await owned.list(owner, { cursor: next, count: COUNTED_AT_ONCE })
      const found = await Promise.all(page.batches.map((batch) => summaryOf(owner, batch)))
      total += found.filter((batch) => batch?.overall_status === status).length
      next = page.next
    } while (next !== null)
    return total
  }

  app.openapi(route, async (c) => {
    const { user_id, org_id, status, cursor = null, limit } = c.req.valid('query')
    const owner = ownerOf(user_id, org_id)
    const batches: BatchSummary[] = []
    let next: string | null = cursor
    let lookedAt = 0
    do {
      const page = await owned.list(owner, { cursor: next, count: limit - batches.length })
      const found = await Promise.all(page.batches.map((batch) => summaryOf(owner, batch)))
      batches.push(...found.flatMap((batch) => (batch && (!status || batch.overall_status === status) ? [batch] : [])))
      lookedAt += page.batches.length
      next = page.next
    } while (next !== null && batches.length < limit && lookedAt < MAX_LOOKED_AT)
    return c.json({ batches, total: await totalOf(owner, status), next_cursor: next }, 200)
  })
}

const ownerOf = (userId: string | undefined, orgId: string | undefined): Owner => {
  if (userId !== undefined && orgId === undefined) return { kind: 'user', id: userId }
  if (orgId !== undefined && userId === undefined) return { kind: 'org', id: orgId }
  const errors = ['user_id', 'org_id'].map((name) => ({
    pointer: `#query/${name}`,
    detail: 'give exactly one of them',
  }))
  throw new ProblemError({ code: 'VALIDATION_ERROR', detail: 'Whose batches? See errors.', errors })
}

const shorten = ({ details }: NonNullable<ReturnType<typeof statusOf>>): BatchSummary => {
  const { essays, essays_truncated, student_prompt_ref, run, requests, ...summary } = details
  return summary
}
