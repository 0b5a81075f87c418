import { expect, test } from 'bun:test'
import { serve } from '../../../shared/http/serve.ts'
import { gateway } from '../support.ts'
import { fuzz, isFailure } from './fuzzer.ts'
import { rawRequest, seeded } from './requests.ts'

test('raw requests that break every rule get no 500 and no crash, and the next good one is answered', async () => {
  const { app, as, base } = gateway()
  const server = serve({ name: 'gateway', host: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
  try {
    const port = Number(new URL(server.url).port)
    const { authorization } = await as()
    const seed = Math.floor(Math.random() * 2 ** 31)
    const result = await fuzz({ port, count: 2_000, seed, authorization, patienceMs: 300, connections: 64 })
    const bad = [...result].filter(([status]) => isFailure(status))
    expect({ seed, bad, failed: base.logger.lines.filter(({ level }) => level === 'error') }).toEqual({
      seed,
      bad: [],
      failed: [],
    })
    // It must have come to the routes, too.
    for (const status of ['200', '400', '401', '404', '422']) expect(result.get(status) ?? 0).toBeGreaterThan(0)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  } finally {
    await server.stop()
  }
}, 30_000)

test('some of its requests end byte by byte, all of them are whole, and the same seed makes the same', () => {
  const made = (seed: number) => {
    const random = seeded(seed)
    return Array.from({ length: 600 }, () => rawRequest(random, 'Bearer x.y.z'))
  }
  const all = made(7)
  const slow = all.filter(({ cuts }) => cuts.length > 1)
  expect(slow.length).toBeGreaterThan(10)
  expect(Math.max(...slow.map(({ cuts }) => cuts.length))).toBeLessThanOrEqual(40)
  for (const { bytes, cuts } of all) {
    expect(cuts.every((cut, n) => cut >= (cuts[n - 1] ?? 0) && cut <= bytes.length)).toBe(true)
    if (cuts.length > 1) expect(cuts.at(-1)).toBe(bytes.length - 1)
  }
  expect(made(7)).toEqual(all)
})
