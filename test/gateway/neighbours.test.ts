import { expect, test } from 'bun:test'
import { createClients } from '../../gateway/clients.ts'
import { createConductorPort, createOrchestratorPort } from '../../gateway/neighbours.ts'
import type { Caller, ConductorPort, OrchestratorPort, ServiceHealth } from '../../gateway/ports.ts'
import { LETTER } from '../../gateway/routes/admin/bodies.ts'
import { BATCH_ID, CORRELATION_ID, PROMPT_REF, RUN_ID, SUMMARY } from '../../gateway/routes/examples.ts'
import { PassingError } from '../../shared/errors.ts'
import { createJsonClient, type Fetch, type JsonClient } from '../../shared/http/client.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'

/** Each call as it goes over the wire, and its answer as it comes back. */

const caller: Caller = {
  user: { userId: 'ada', orgId: null, roles: ['admin'], scopes: null },
  correlationId: CORRELATION_ID,
}
const client = (fetch: Fetch) =>
  createJsonClient({ target: 'conductor', baseUrl: 'http://there', fetch, serviceId: 'gateway', internalKey: 'k' })

const both = (one: JsonClient) => ({ calls: one, health: one })

type Ask = (
  ports: ConductorPort & Pick<OrchestratorPort, 'cancel' | 'retry' | 'setPrompt' | 'stuck'>,
) => Promise<unknown>
const owner = { batch_id: BATCH_ID, user_id: 'ada', org_id: null, revision: 1 }
const define = {
  ...{ batch_id: 'b', requested_pipeline: 'nlp', correlation_id: CORRELATION_ID, is_retry: false, after: [] },
  with_essay_ids: true,
}
const cancelled = { batch_id: 'b', correlation_id: CORRELATION_ID, status: 'cancelled', run_id: RUN_ID }
const retried = { ...cancelled, status: 'accepted', requested_pipeline: 'nlp', plan_revision: '1', phases: [] }
const plan = {
  batch_id: 'b',
  final_pipeline: [],
  analysis_summary: '',
  requested_pipeline: 'nlp',
  execution: 'sequential',
  plan: [],
  revision: '1',
  plan_token: '',
  batch: { registered: true, content: 'ready', user_id: 'ada', org_id: null },
}
const redriven = { dry_run: true, counts: {}, results: [], more: false }
const prompt = { status: 'success', batch_id: 'b', student_prompt_ref: PROMPT_REF }

test.each<[string, Ask, unknown, unknown?]>([
  [
    'GET /internal/v1/batches?user_id=a%2Fb&limit=5&cursor=%7C%7D',
    (to) => to.batches({ user_id: 'a/b', status: undefined, limit: 5, cursor: '|}' }, CORRELATION_ID),
    { batches: [SUMMARY], total: 1, next_cursor: null },
  ],
  [
    'GET /internal/v1/batches/b%2F1/essay-statuses?status=failed&limit=2',
    (to) => to.essays('b/1', { status: 'failed', limit: 2 }, CORRELATION_ID),
    { ...owner, essays: [], next_cursor: null },
  ],
  ['GET /internal/v1/batches/b/runs', (to) => to.runs('b', CORRELATION_ID), { ...owner, runs: [], requests: [] }],
  ['POST /internal/v1/pipelines/define', (to) => to.define(define), plan, define],
  [
    'GET /internal/v1/dead-letters?state=open&limit=1',
    (to) => to.letters({ state: 'open', limit: 1 }, CORRELATION_ID),
    { letters: [LETTER], next_cursor: null },
  ],
  [
    'GET /internal/v1/dead-letters/groups?topic=t',
    (to) => to.letterGroups({ topic: 't' }, CORRELATION_ID),
    { groups: [] },
  ],
  [
    `GET /internal/v1/dead-letters/${CORRELATION_ID}`,
    (to) => to.letter(CORRELATION_ID, CORRELATION_ID),
    { ...LETTER, letter: {} },
  ],
  [
    'POST /internal/v1/dead-letters/redrive as ada',
    (to) => to.redrive({ letter_ids: ['x'], limit: 1, dry_run: true }, caller),
    redriven,
    { letter_ids: ['x'], limit: 1, dry_run: true },
  ],
  [`POST /internal/v1/dead-letters/${RUN_ID}/park as ada`, (to) => to.park(RUN_ID, caller), LETTER],
  [
    'POST /internal/v1/batches/b/cancel',
    (to) => to.cancel('b', { run_id: RUN_ID }, caller, 'q-1'),
    cancelled,
    { run_id: RUN_ID, user_id: 'ada', request_id: 'q-1' },
  ],
  [
    'POST /internal/v1/batches/b/retry',
    (to) => to.retry('b', { reason: 'x', dry_run: true }, caller, 'q-1'),
    retried,
    { reason: 'x', dry_run: true, user_id: 'ada', request_id: 'q-1' },
  ],
  ['PATCH /v1/batches/b/prompt as ada', (to) => to.setPrompt('b', { p: 1 }, caller), prompt, { p: 1 }],
  [
    'GET /internal/v1/runs/stuck?limit=3',
    (to) => to.stuck({ limit: 3 }, CORRELATION_ID),
    { waiting: [], truncated: false },
  ],
])('%s', async (line, ask, answer, body = null) => {
  const seen: Request[] = []
  const there = client((request) => {
    seen.push(request)
    return Response.json(answer)
  })
  expect(await ask({ ...createOrchestratorPort(both(there)), ...createConductorPort(both(there)) })).toEqual(answer)
  const [request] = seen
  const as = request?.headers.get('x-user-id')
  expect(`${request?.method} ${request?.url.replace('http://there', '')}${as ? ` as ${as}` : ''}`).toBe(line)
  expect(request?.headers.get('x-correlation-id')).toBe(CORRELATION_ID)
  const text = (await request?.text()) ?? ''
  expect(text === '' ? null : JSON.parse(text)).toEqual(body)
})

const register = { expected_essay_count: 2, course_code: 'ENG5' } as const

test.each<[string, number, (ports: ConductorPort & OrchestratorPort) => Promise<unknown>]>([
  ['what is only read', 2, (to) => to.runs('b', CORRELATION_ID)],
  ['a plan', 2, (to) => to.define(define)],
  ['which snapshots are newer', 2, (to) => to.newer([{ batch_id: 'b', revision: 1 }])],
  ['a registration with a request id', 2, (to) => to.register(register, caller, 'q-1')],
  ['a cancel with a request id', 2, (to) => to.cancel('b', {}, caller, 'q-1')],
  ['a retry with a request id', 2, (to) => to.retry('b', { reason: 'x', dry_run: false }, caller, 'q-1')],
  ['the preview of a redrive', 2, (to) => to.redrive({ filter: {}, limit: 1, dry_run: true }, caller)],
  ['a redrive', 1, (to) => to.redrive({ filter: {}, limit: 1, dry_run: false }, caller)],
  ['a letter to park', 1, (to) => to.park(RUN_ID, caller)],
  ['a prompt', 1, (to) => to.setPrompt('b', { p: 1 }, caller)],
])('when no answer comes, %s is asked for %d times', async (_, times, ask) => {
  let asked = 0
  const reach = () => {
    asked += 1
    return Promise.reject(new Error('cut off'))
  }
  const clientsOf = createClients({
    reach: { conductor: reach, orchestrator: reach },
    serviceId: 'gateway',
    internalKey: undefined,
    context: createCorrelationContext(),
    metrics: { circuit() {}, circuitCall() {} },
  })
  const conductor = createConductorPort(clientsOf('conductor', 'http://there'))
  const orchestrator = createOrchestratorPort(clientsOf('orchestrator', 'http://there'))
  await expect(ask({ ...conductor, ...orchestrator })).rejects.toBeInstanceOf(PassingError)
  expect(asked).toBe(times)
})

test('of a service it is told whether it is ready, cannot work or is not there', async () => {
  const health = (fetch: Fetch) => createConductorPort(both(client(fetch))).health(CORRELATION_ID)
  const ready: ServiceHealth = { status: 'ready', dependencies: { log: { status: 'ready', warnings: ['slow'] } } }
  expect(await health(() => Response.json(ready))).toEqual(ready)
  expect(await health(() => Response.json({}, { status: 503 }))).toEqual({ status: 'not_ready', dependencies: {} })
  const refuse = async () => {
    throw new Error('ECONNREFUSED')
  }
  expect((await createOrchestratorPort(both(client(refuse))).health(CORRELATION_ID)).status).toBe('unreachable')
})
