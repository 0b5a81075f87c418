import { expect, setSystemTime, test } from 'bun:test'
import { createAssets } from '../../gateway/assets.ts'
import type { AuditEntry } from '../../gateway/audit/port.ts'
import { AUDIT_TOPIC, auditTopics } from '../../gateway/audit/topic.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import { until } from '../support/until.ts'
import { neighbours, notFound, openGateway as open } from './open-gateway.ts'

test('a request that was accepted is in the log, and counted', async () => {
  const { app, post, signIn, log } = await open()
  const answer = await post('/v1/batches/b-1/pipelines', { requested_pipeline: 'nlp' }, await signIn())
  expect(answer.status).toBe(202)
  const seen: LogRecord[] = []
  await log.consume({ group: 'test', topics: [TOPICS.pipelineRequest] }, async (records) => void seen.push(...records))
  await until(() => seen.length === 1, { timeoutMs: 2_000, what: 'the command to be in the log' })
  const metrics = await (await app.request('/metrics')).text()
  expect(metrics).toContain(`baton_published_total{topic="${TOPICS.pipelineRequest}",outcome="acknowledged"`)
})

test('a registration goes to the orchestrator with who asks and the internal key', async () => {
  const { post, signIn, asked } = await open()
  const body = { expected_essay_count: 2, course_code: 'ENG5' }
  expect((await post('/v1/batches/register', body, await signIn())).status).toBe(202)
  expect(asked).toEqual([
    {
      method: 'POST',
      url: 'http://127.0.0.1:4003/v1/batches/register',
      headers: expect.objectContaining({
        'x-internal-api-key': 'an-internal-key-for-tests',
        'x-service-id': 'api-gateway-service',
        'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
      }),
      body: { ...body, user_id: 'ada', org_id: null, assignment_id: null },
    },
  ])
})

test('a status comes from the conductor, else from the orchestrator, and from nobody it is a 404', async () => {
  const { app, signIn } = await open()
  const headers = await signIn()
  const status = async (id: string) => (await app.request(`/v1/batches/${id}/status`, { headers })).status
  expect([await status('b-1'), await status('b-2'), await status('b-3')]).toEqual([200, 200, 404])
})

test("a neighbour's refusal that nobody expects is a 502, one that is away a 503", async () => {
  const answering = (status: number) => async () => Response.json({}, { status })
  for (const [status, expected] of [
    [400, 502],
    [503, 503],
  ] as const) {
    const reach = {
      conductor: answering(status),
      orchestrator: answering(status),
      keyServer: notFound,
      content: notFound,
    }
    const { app, signIn } = await open({ reach })
    expect((await app.request('/v1/batches/b-1/status', { headers: await signIn() })).status).toBe(expected)
  }
})

test('it is ready with the log, and says so when limits are counted locally', async () => {
  const away = async () => {
    throw new Error('ECONNREFUSED')
  }
  const { app } = await open({ pingLimitStore: away })
  const answer = await app.request('/readyz')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    status: 'ready',
    dependencies: {
      log: { status: 'ready' },
      rate_limits: { status: 'ready', warnings: ['limits are counted locally'] },
    },
  })
  const shared = await (await open({ pingLimitStore: async () => {} })).app.request('/readyz')
  expect(await shared.json()).toMatchObject({ dependencies: { rate_limits: { status: 'ready' } } })
})

test('without dev sign-in nobody is given a token', async () => {
  const { post } = await open({}, { AUTH_MODE: 'jwt' })
  expect((await post('/dev/token', { user_id: 'ada' })).status).toBe(404)
})

test('the documentation page is served from our own files, and nothing else is', async () => {
  const { app } = await open()
  const script = await app.request('/docs/assets/swagger-ui-bundle.js')
  expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript'])
  expect((await script.text()).length).toBeGreaterThan(100_000)
  const asset = createAssets()
  expect(await asset('package.json')).toBeUndefined()
  expect((await app.request('/docs/assets/..%2Fpackage.json')).status).toBe(404)
})

test.each(['conductor', 'orchestrator'] as const)(
  'a %s that fails again and again is not asked for a while, and is asked again once it is back; metrics tell',
  async (target) => {
    let calls = 0
    let isAway = true
    const { reach } = neighbours()
    const failing = (request: Request) => {
      calls += 1
      return isAway ? Response.json({}, { status: 503 }) : reach[target](request)
    }
    const { app, signIn, post } = await open({ reach: { ...reach, [target]: failing }, circuitOpenMs: 60_000 })
    const headers = await signIn()
    const ask = () =>
      target === 'conductor'
        ? app.request('/v1/batches/b-1/status', { headers })
        : post('/v1/batches/register', { expected_essay_count: 2, course_code: 'ENG5' }, headers)
    const state = async () => {
      const text = await (await app.request('/metrics')).text()
      return new RegExp(`^baton_circuit_state\\{circuit="${target}".*\\} (\\d)$`, 'm').exec(text)?.[1]
    }
    expect(await state()).toBe('0')
    for (let n = 0; n < 5; n++) expect((await ask()).status).toBe(503)
    expect(await state()).toBe('2')
    const before = calls
    const refused = await ask()
    expect([refused.status, refused.headers.get('retry-after'), calls]).toEqual([503, '2', before])
    isAway = false
    try {
      setSystemTime(new Date(Date.now() + 60_000))
      expect((await ask()).ok).toBe(true)
    } finally {
      setSystemTime()
    }
    expect(await state()).toBe('0')
  },
)

test('a call that passes is tried once more before anybody is told', async () => {
  let calls = 0
  const { reach } = neighbours()
  const once = (request: Request) => {
    calls += 1
    return calls === 1 ? Response.json({}, { status: 502 }) : reach.conductor(request)
  }
  const { app, signIn } = await open({ reach: { ...reach, conductor: once } })
  expect((await app.request('/v1/batches/b-1/status', { headers: await signIn() })).status).toBe(200)
  expect(calls).toBe(2)
})

test('the audit goes to its sink and, where it is configured, into the log', async () => {
  const entries: AuditEntry[] = []
  const { app, signIn, log } = await open({ auditSink: (entry) => void entries.push(entry) }, { AUDIT_TOPIC: 'on' })
  await log.ensureTopics(auditTopics({ AUDIT_TOPIC: 'on', TOPIC_PARTITIONS: 1, STATE_EXPIRY_DAYS: 1 }))
  await app.request('/v1/batches/b-1/status', { headers: await signIn() })
  const seen: LogRecord[] = []
  await log.consume({ group: 'test', topics: [AUDIT_TOPIC] }, async (records) => void seen.push(...records))
  await until(() => seen.length === 1, { timeoutMs: 2_000, what: 'the entry to be in the log' })
  expect(JSON.parse(new TextDecoder().decode(seen[0]?.value ?? undefined))).toEqual(entries[0])
})
