import { z } from 'zod'
import { DefineResponse, StatusResponse } from '../shared/contracts/http/conductor.ts'
import {
  LetterBody,
  LetterDetail,
  LetterGroupsBody,
  LettersPage,
  RedriveResponse,
} from '../shared/contracts/http/dead-letters.ts'
import { BatchesPage, EssaysPage, RunsResponse } from '../shared/contracts/http/lists.ts'
import {
  BatchOwnerResponse,
  CancelResponse,
  RegisterResponse,
  RetryResponse,
  StuckResponse,
} from '../shared/contracts/http/orchestrator.ts'
import { NewerResponse } from '../shared/contracts/http/snapshots.ts'
import { PassingError } from '../shared/errors.ts'
import type { JsonClient } from '../shared/http/client.ts'
import { UpstreamError } from '../shared/http/upstream.ts'
import { randomId } from '../shared/ids.ts'
import type { Clients } from './clients.ts'
import type { Caller, ConductorPort, OrchestratorPort, ServiceHealth } from './ports.ts'
import { PromptSet } from './prompt.ts'

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

export const createConductorPort = ({ calls: client, health }: Clients): ConductorPort => ({
  status: (batchId, correlationId) =>
    found(client.call({ method: 'GET', path: path(batchId, 'status'), schema: StatusResponse, correlationId })),
  async newer(batches) {
    // Nobody's request causes it: it answers for all who watch.
    const call = { method: 'POST', path: '/internal/v1/batches/newer', correlationId: randomId() } as const
    return (await client.call({ ...call, body: { batches }, schema: NewerResponse, isRepeatable: true })).batches
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
  letters: (query, correlationId) =>
    client.call({ method: 'GET', path: `${LETTERS}?${queryOf(query)}`, schema: LettersPage, correlationId }),
  letterGroups(filter, correlationId) {
    const where = `${LETTERS}/groups?${queryOf(filter)}`
    return client.call({ method: 'GET', path: where, schema: LetterGroupsBody, correlationId })
  },
  letter: (letterId, correlationId) =>
    client.call({ method: 'GET', path: `${LETTERS}/${letterId}`, schema: LetterDetail, correlationId }),
  redrive: (body, caller) =>
    client.call({
      method: 'POST',
      path: `${LETTERS}/redrive`,
      body,
      headers: asUser(caller),
      schema: RedriveResponse,
      correlationId: caller.correlationId,
      // A filter takes what is still open, so a second time would take the letters after the first ones.
      isRepeatable: body.dry_run,
    }),
  park: (letterId, caller) =>
    client.call({
      method: 'POST',
      path: `${LETTERS}/${letterId}/park`,
      headers: asUser(caller),
      schema: LetterBody,
      correlationId: caller.correlationId,
    }),
  health: (correlationId) => healthOf(health, correlationId),
  define: (body) =>
    client.call({
      method: 'POST',
      path: '/internal/v1/pipelines/define',
      body,
      schema: DefineResponse,
      correlationId: body.correlation_id,
      isRepeatable: true,
    }),
})

const LETTERS = '/internal/v1/dead-letters'
const asUser = ({ user }: Caller) => ({ 'x-user-id': user.userId })

/** What a service says of itself. One that cannot work answers with a problem, which says no more than that. */
const healthOf = async (client: JsonClient, correlationId: string): Promise<ServiceHealth> => {
  try {
    return await client.call({ method: 'GET', path: '/readyz', schema: Ready, correlationId })
  } catch (thrown) {
    if (!(thrown instanceof PassingError)) throw thrown
    // What could not be reached at all has a cause of its own.
    return { status: thrown.cause === undefined ? 'not_ready' : 'unreachable', dependencies: {} }
  }
}
const Ready = z.object({
  status: z.literal('ready'),
  dependencies: z.record(
    z.string(),
    z.object({ status: z.enum(['ready', 'not_ready']), warnings: z.array(z.string()).optional() }),
  ),
})

export const createOrchestratorPort = ({ calls: client, health }: Clients): OrchestratorPort => ({
  cancel: (batchId, body, { user, correlationId }, request_id) =>
    client.call({
      method: 'POST',
      path: path(batchId, 'cancel'),
      body: { ...body, user_id: user.userId, request_id },
      schema: CancelResponse,
      correlationId,
      isRepeatable: true,
    }),
  retry: (batchId, body, { user, correlationId }, request_id) =>
    client.call({
      method: 'POST',
      path: path(batchId, 'retry'),
      body: { ...body, user_id: user.userId, request_id },
      schema: RetryResponse,
      correlationId,
      isRepeatable: true,
    }),
  setPrompt: (batchId, body, caller) =>
    client.call({
      method: 'PATCH',
      path: `/v1/batches/${encodeURIComponent(batchId)}/prompt`,
      body,
      headers: asUser(caller),
      schema: PromptSet,
      correlationId: caller.correlationId,
    }),
  stuck: (query, correlationId) =>
    client.call({
      method: 'GET',
      path: `/internal/v1/runs/stuck?${queryOf(query)}`,
      schema: StuckResponse,
      correlationId,
    }),
  health: (correlationId) => healthOf(health, correlationId),
  register: (body, { user, correlationId }, requestId) =>
    client.call({
      method: 'POST',
      path: '/v1/batches/register',
      body: { ...body, user_id: user.userId, org_id: user.orgId, assignment_id: null },
      headers: { 'idempotency-key': requestId },
      schema: RegisterResponse,
      correlationId,
      isRepeatable: true,
    }),
  owner: (batchId, correlationId) =>
    found(client.call({ method: 'GET', path: path(batchId, 'owner'), schema: BatchOwnerResponse, correlationId })),
})
