import { expect, test } from 'bun:test'
import { createApp } from '../../../shared/http/app.ts'
import { addHealth, type HealthCheck } from '../../../shared/http/health.ts'
import { appDeps } from '../../support/app.ts'

const build = (checks: readonly HealthCheck[], checkTimeoutMs = 1_000) => {
  const app = createApp(appDeps())
  addHealth(app, {
    service: 'test',
    version: '1.2.3',
    environment: 'staging',
    checks,
    checkTimeoutMs,
    exposition: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a_total 1\n' }),
  })
  return app
}
const fine: HealthCheck = { name: 'log', check: async () => undefined }

test('/healthz says that the process is alive whatever is in the way', async () => {
  const broken = { name: 'log', check: () => Promise.reject(new Error('down')) }
  const answer = await build([broken]).request('/healthz')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    service: 'test',
    status: 'healthy',
    version: '1.2.3',
    environment: 'staging',
  })
})

test('/readyz is 200 when every dependency answers, with the warnings that they have', async () => {
  const warns = { name: 'redis', check: async () => ['maxmemory-policy is allkeys-lru'] }
  const answer = await build([fine, warns]).request('/readyz')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    status: 'ready',
    dependencies: {
      log: { status: 'ready' },
      redis: { status: 'ready', warnings: ['maxmemory-policy is allkeys-lru'] },
    },
  })
})

test('/readyz is a problem that names what is in the way, and not how it failed', async () => {
  const broken = { name: 'redis', check: () => Promise.reject(new Error('redis://:hunter2@cache:6379 refused')) }
  const answer = await build([fine, broken]).request('/readyz')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    reason: 'not_ready',
    detail: 'test cannot do its work without redis.',
    dependencies: { log: { status: 'ready' }, redis: { status: 'not_ready' } },
  })
  expect(text).not.toContain('hunter2')
})

test('/readyz does not wait for a dependency that hangs, nor break on one that throws at once', async () => {
  const hangs = { name: 'log', check: () => new Promise<undefined>(() => {}) }
  const throws = {
    name: 'redis',
    check: () => {
      throw new Error('not even a promise')
    },
  }
  const answer = await build([hangs, throws], 5).request('/readyz')
  expect(await answer.json()).toMatchObject({
    dependencies: { log: { status: 'not_ready' }, redis: { status: 'not_ready' } },
  })
})

test('/metrics is what Prometheus reads', async () => {
  const answer = await build([]).request('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4')
  expect(await answer.text()).toBe('a_total 1\n')
})
