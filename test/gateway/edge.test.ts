import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = await mkdtemp(join(tmpdir(), 'baton-edge-'))
afterAll(() => rm(folder, { recursive: true }))

test('the app is bundled without anything of Bun or Node, and the bundle serves a request', async () => {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, '../../gateway/app.ts')],
    target: 'browser',
    format: 'esm',
    outdir: folder,
  })
  expect(built.logs).toEqual([])
  const text = await Bun.file(join(folder, 'app.js')).text()
  expect(text.match(/(from|import|require)\s*\(?\s*["'](node:|bun:|bun["'])/g)).toBeNull()
  expect(text).not.toMatch(/\bBun\.|process\.(env|nextTick)\b/)

  const script = `
    const { createGatewayApp } = await import(${JSON.stringify(join(folder, 'app.js'))})
    const never = async () => { throw new Error('not asked') }
    const none = { perMinute: 0, burst: 0 }
    const quiet = { debug() {}, info() {}, warn() {}, error() {} }
    const app = createGatewayApp({
      logger: quiet, metrics: { request() {}, inFlight() {}, problem() {} }, context: { run: (id, work) => work() }, clock: () => 0,
      slowMs: 1000, maxBodyBytes: 1000, log: { publish: never }, conductor: { status: never }, orchestrator: {},
      catalog: { phases: new Map(), pipelines: new Map(), resolve() {} }, tokens: { verify: never }, signToken: undefined,
      corsOrigins: [], peerOf: () => '', limiter: { limits: { pipelines: none, status: none, uploads: none, default: none, organisation: none }, factors: {} }, idempotency: {}, audit: [], published() {},
      maxBatchEssays: 1, publishTimeoutMs: 1, asset: never,
      health: { version: '1', environment: 'edge', checks: [], exposition: never },
    })
    const health = await app.fetch(new Request('http://edge/healthz'))
    const refused = await app.fetch(new Request('http://edge/v1/pipelines'))
    console.log(JSON.stringify([health.status, refused.status, (await refused.json()).reason]))
  `
  const child = Bun.spawn(['node', '--input-type=module', '-e', script], { stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect({ out: out.trim(), err }).toEqual({ out: '[200,401,"missing_authorization_header"]', err: '' })
})
