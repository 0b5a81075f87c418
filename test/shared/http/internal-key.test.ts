import { expect, test } from 'bun:test'
import { createApp } from '../../../shared/http/app.ts'
import { internalKey } from '../../../shared/http/internal-key.ts'
import { appDeps } from '../../support/app.ts'

const [OLD, NEW] = ['an-old-internal-key', 'a-new-internal-key']

const status = async (keys: readonly string[] | undefined, headers: Record<string, string>) => {
  const deps = appDeps()
  const app = createApp(deps)
  app.use('/internal/*', internalKey({ keys }))
  app.get('/internal/x', (c) => c.text(c.get('actor') ?? ''))
  const answer = await app.request('/internal/x', { headers })
  const body = await answer.text()
  return {
    status: answer.status,
    body: answer.ok ? body : JSON.parse(body).reason,
    type: answer.headers.get('content-type'),
  }
}
const asked = (key: string) => ({ 'x-internal-api-key': key, 'x-service-id': 'api-gateway-service' })

test('either key of a rotation opens, and the log knows who asked', async () => {
  for (const key of [OLD, NEW])
    expect(await status([OLD, NEW], asked(key))).toMatchObject({ status: 200, body: 'api-gateway-service' })
})

test.each([
  ['no key', { 'x-service-id': 'gateway' }, 'missing_internal_key'],
  ['no service', { 'x-internal-api-key': OLD }, 'missing_internal_key'],
  ['another key', asked('another-key-of-many'), 'invalid_internal_key'],
  ['a beginning of the key', asked(OLD.slice(0, -1)), 'invalid_internal_key'],
  ['the key and more', asked(`${OLD}x`), 'invalid_internal_key'],
  ['the key twice', asked(OLD + OLD), 'invalid_internal_key'],
  ['a key that only differs in case', asked(OLD.toUpperCase()), 'invalid_internal_key'],
])('%s is a 401', async (_, headers, reason) => {
  expect(await status([OLD], headers)).toMatchObject({ status: 401, body: reason, type: 'application/problem+json' })
})

test('where no key is configured nobody gets in; only where the check is switched off anybody does', async () => {
  expect((await status([], asked(''))).status).toBe(401)
  expect((await status([], asked('x'))).status).toBe(401)
  expect((await status(undefined, {})).status).toBe(200)
})
