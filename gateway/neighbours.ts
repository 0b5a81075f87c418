import { DefineResponse, StatusResponse } from '../shared/contracts/http/conductor.ts'
import { BatchesPage, EssaysPage, RunsResponse } from '../shared/contracts/http/lists.ts'
import { BatchOwnerResponse, RegisterResponse } from '../shared/contracts/http/orchestrator.ts'
import { NewerResponse } from '../shared/contracts/http/snapshots.ts'
import type { JsonClient } from '../shared/http/client.ts'
import { UpstreamError } from '../shared/http/upstream.ts'
import { randomId } from '../shared/ids.ts'
import type { ConductorPort, OrchestratorPort } from './ports.ts'

const path = (batchId: string, rest: string) => `/internal/v1/batches/${encodeURIComponent(batchId)}/${rest}`

/** What is undefined is left out. */
const queryOf = (query: object): URLSearchParams => {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value))
  return params
}

/** Undefined for what the service answers with 404. */
const found = async <Result>(call: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await call
  } catch (thrown) {
    if (thrown instanceof UpstreamError && thrown.status === 404) return undefined
    throw thrown
  }
}

export const createConductorPort = (client: JsonClient): ConductorPort => ({
  status: (batchId, correlationId) =>
    found(client.call({ method: 'GET', path: path(batchId, 'status'), schema: StatusResponse, correlationId })),
  async newer(batches) {
    // Nobody's request causes it: it answers for all who watch.
    const call = { method: 'POST', path: '/internal/v1/batches/newer', correlationId: randomId() } as const
    return (await client.call({ ...call, body: { batches }, schema: NewerResponse })).batches
  },
  batches: (query, correlationId) =>
    client.call({
      method: 'GET',
      path: `/internal/v1/batches?${queryOf(query)}`,
      schema: BatchesPage,
      correlationId,
    }),
  essays(batchId, query, correlationId) {
    const where = path(batchId, `essay-statuses?${queryOf(query)}`)
    return found(client.call({ method: 'GET', path: where, schema: EssaysPage, correlationId }))
  },
  runs: (batchId, correlationId) =>
    found(client.call({ method: 'GET', path: path(batchId, 'runs'), schema: RunsResponse, correlationId })),
  define: (body) =>
    client.call({
      method: 'POST',
      path: '/internal/v1/pipelines/define',
      body,
      schema: DefineResponse,
      correlationId: body.correlation_id,
    }),
})

export const createOrchestratorPort = (client: JsonClient): OrchestratorPort => ({
  register: (body, { user, correlationId }, requestId) =>
    client.call({
      method: 'POST',
      path: '/v1/batches/register',
      body: { ...body, user_id: user.userId, org_id: user.orgId, assignment_id: null },
      headers: { 'idempotency-key': requestId },
      schema: RegisterResponse,
      correlationId,
    }),
  owner: (batchId, correlationId) =>
    found(client.call({ method: 'GET', path: path(batchId, 'owner'), schema: BatchOwnerResponse, correlationId })),
})
