import { expect, test } from 'bun:test'
import { z } from 'zod'
import { writeCursor } from '../../gateway/routes/cursor.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import { gateway, registeredBy } from './support.ts'

/** The routes of operations: each answers an admin only, and passes on to whom it concerns who asked. */

const LETTER_ID = '0f9a86b7-184a-5cb2-9e73-95766f963055'
const asAdmin = async (one: ReturnType<typeof gateway>, method: string, path: string, body?: unknown) =>
  one.app.request(path, {
    method,
    headers: { ...(await one.as({ roles: ['admin'] })), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

test.each([
  ['GET', '/v1/admin/dead-letters'],
  ['GET', '/v1/admin/dead-letters/groups'],
  ['GET', `/v1/admin/dead-letters/${LETTER_ID}`],
  ['POST', '/v1/admin/dead-letter-redrives'],
  ['POST', `/v1/admin/dead-letters/${LETTER_ID}/park`],
  ['GET', '/v1/admin/stuck-runs'],
  ['POST', '/v1/admin/batches/b-1/cancel'],
  ['GET', '/v1/admin/health'],
  ['GET', '/v1/admin/figures'],
])('%s %s is for admins', async (method, path) => {
  const one = gateway()
  for (const role of ['teacher', 'service'])
    expect((await one.app.request(path, { method, headers: await one.as({ roles: [role] }) })).status).toBe(403)
  expect((await one.app.request(path, { method })).status).toBe(401)
})

test('dead letters are filtered and paged by opaque cursors', async () => {
  const asked: unknown[] = []
  const one = gateway({
    conductor: {
      async letters(query) {
        asked.push(query)
        return { letters: [], next_cursor: '1770106530623|x' }
      },
      async letterGroups(filter) {
        asked.push(filter)
        return { groups: [] }
      },
    },
  })
  const answer = await asAdmin(one, 'GET', '/v1/admin/dead-letters?topic=t&state=open&limit=7')
  const page: unknown = await answer.json()
  const cursor = String(Reflect.get(Object(page), 'next_cursor'))
  await asAdmin(one, 'GET', `/v1/admin/dead-letters?cursor=${cursor}`)
  await asAdmin(one, 'GET', '/v1/admin/dead-letters/groups?batch_id=b-1')
  expect(asked).toEqual([
    { topic: 't', state: 'open', limit: 7, cursor: undefined },
    { limit: 50, cursor: '1770106530623|x' },
    { batch_id: 'b-1' },
  ])
  expect((await asAdmin(one, 'GET', '/v1/admin/dead-letters?state=dead')).status).toBe(422)
})

test.each(['x', '177010653062x|x', 'x'.repeat(450), `1770106530623|${'x'.repeat(287)}`])(
  'a made-up cursor of dead letters is a 422 that points at it, and the conductor is not asked: %#',
  async (text) => {
    const asked: unknown[] = []
    const one = gateway({
      conductor: {
        async letters(query) {
          asked.push(query)
          return { letters: [], next_cursor: null }
        },
      },
    })
    const answer = await asAdmin(one, 'GET', `/v1/admin/dead-letters?cursor=${writeCursor(text)}`)
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '#query/cursor' }] })
    expect(asked).toEqual([])
  },
)

test('a letter is redriven and parked in the name of who asked, previewed unless it is said otherwise', async () => {
  const asked: unknown[] = []
  const one = gateway({
    conductor: {
      async redrive(request, { user }) {
        asked.push([request, user.userId])
        return { dry_run: request.dry_run, counts: {}, results: [], more: false }
      },
      async park() {
        throw new UpstreamError('conductor', 409, { code: 'CONFLICT', reason: 'redriven', detail: 'It was redriven.' })
      },
      async letter() {
        throw new UpstreamError('conductor', 404, {
          code: 'RESOURCE_NOT_FOUND',
          detail: 'There is no such dead letter.',
        })
      },
    },
  })
  expect((await asAdmin(one, 'POST', '/v1/admin/dead-letter-redrives', { letter_ids: [LETTER_ID] })).status).toBe(200)
  expect(asked).toEqual([[{ letter_ids: [LETTER_ID], limit: 1_000, dry_run: true }, 'ada']])
  expect((await asAdmin(one, 'POST', '/v1/admin/dead-letter-redrives', {})).status).toBe(422)
  expect((await asAdmin(one, 'POST', `/v1/admin/dead-letters/${LETTER_ID}/park`)).status).toBe(409)
  expect((await asAdmin(one, 'GET', `/v1/admin/dead-letters/${LETTER_ID}`)).status).toBe(404)
  expect((await asAdmin(one, 'GET', '/v1/admin/dead-letters/not-a-uuid')).status).toBe(422)
})

test('stuck runs are asked for by age', async () => {
  const asked: unknown[] = []
  const one = gateway({
    orchestrator: {
      async stuck(query) {
        asked.push(query)
        return { waiting: [], truncated: false }
      },
    },
  })
  expect((await asAdmin(one, 'GET', '/v1/admin/stuck-runs?older_than_seconds=60')).status).toBe(200)
  expect(asked).toEqual([{ older_than_seconds: 60, limit: 100 }])
})

test('what is stuck names a call that an admin can make, and that call ends it in the name of the owner', async () => {
  const asked: unknown[] = []
  const times = { since: '', until: null, overdue: true }
  const stuck = { run_id: null, waits_for: 'content', phase: null, ...times, advice: 'Wait.' } as const
  const fix = (path: string) => ({ batch_id: 'b/1', ...stuck, fix: { method: 'POST' as const, path } })
  const one = gateway({
    orchestrator: {
      stuck: async () => ({
        waiting: [fix('/internal/v1/batches/b%2F1/cancel'), fix('/internal/v1/phases/nlp/resume')],
        truncated: false,
      }),
      owner: async (batch_id) => (batch_id === 'b/1' ? registeredBy('bo', batch_id) : undefined),
      async cancel(batch_id, body, { user, correlationId: correlation_id }) {
        asked.push([batch_id, body, user.userId])
        return { batch_id, correlation_id, status: 'cancelled', run_id: null }
      },
    },
  })
  const Waiting = z.object({
    waiting: z.array(z.object({ advice: z.string(), fix: z.object({ path: z.string() }).nullable() })),
  })
  const { waiting } = Waiting.parse(await (await asAdmin(one, 'GET', '/v1/admin/stuck-runs')).json())
  const paths = waiting.map(({ fix }) => fix?.path)
  // A phase is resumed by whoever runs the services: there is no public route for it, so only the advice is left.
  expect(paths).toEqual(['/v1/admin/batches/b%2F1/cancel', undefined])
  expect(waiting[1]?.advice).toBe('Wait.')
  expect((await asAdmin(one, 'POST', paths[0] ?? '', {})).status).toBe(200)
  expect(asked).toEqual([['b/1', {}, 'bo']])
  expect(one.audit.at(-1)).toMatchObject({ user_id: 'ada', route: '/v1/admin/batches/:batch_id/cancel' })
  expect((await asAdmin(one, 'POST', '/v1/admin/batches/b-9/cancel', {})).status).toBe(404)
})

test('of two routes that match, the one that answers is what metrics and limits count', async () => {
  const one = gateway()
  await asAdmin(one, 'GET', '/v1/admin/dead-letters/groups')
  await one.app.request('/v1/admin/dead-letters/groups')
  expect(one.base.requests.map(({ route, status }) => [route, status])).toEqual([
    ['/v1/admin/dead-letters/groups', 200],
    ['/v1/admin/dead-letters/groups', 401],
  ])
})

test('health is told of all services, also when one cannot work', async () => {
  const ready = await asAdmin(gateway(), 'GET', '/v1/admin/health')
  expect(await ready.json()).toMatchObject({ status: 'ready', services: { gateway: { status: 'ready' } } })
  const one = gateway({ conductor: { health: async () => ({ status: 'unreachable', dependencies: {} }) } })
  const answer = await asAdmin(one, 'GET', '/v1/admin/health')
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { status: 'not_ready', services: { conductor: { status: 'unreachable' }, orchestrator: { status: 'ready' } } },
  ])
})
