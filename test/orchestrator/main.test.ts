import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { freePort } from '../support/engines.ts'
import { until } from '../support/until.ts'

/** The orchestrator as a process of its own. */

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const start = (env: Readonly<Record<string, string>>) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../orchestrator/main.ts')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const err = new Response(child.stderr).text()
  return { child, ended: async () => ({ code: await child.exited, err: await err }) }
}

test('a wrong environment stops the start with one message that lists every problem', async () => {
  const { code, err } = await start({ ORCHESTRATOR_PORT: 'http' }).ended()
  expect(code).toBe(1)
  const names = [...err.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name)
  expect(names.sort()).toEqual(['INTERNAL_API_KEY', 'KAFKA_BROKERS', 'ORCHESTRATOR_PORT', 'REDIS_URL'])
  expect(err).not.toContain(' at ')
})

test('without its engines it is alive and not ready, and stops when it is told to', async () => {
  const port = await freePort()
  const { child, ended } = start({
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    ORCHESTRATOR_PORT: `${port}`,
    INTERNAL_API_KEY: 'an-internal-key-for-tests',
  })
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/healthz`)).ok, { timeoutMs: 15_000, what: 'it to listen' })
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  child.kill('SIGTERM')
  expect((await ended()).code).toBe(0)
}, 30_000)
