import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeEngines, freePort, uniquePrefix } from './support/engines.ts'
import { until } from './support/until.ts'

/**
 * Runs what the README tells a newcomer to run. The texts are taken from the page itself; only ports, folders and the
 * engines' addresses are put in place of those printed there, so that this can run beside anything else.
 */

const root = join(import.meta.dir, '..')
const readme = await Bun.file(join(root, 'README.md')).text()
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

const START = 'npm start\n'
const TEST = 'npm test\n'
const isDistributed = (block: string) => block.includes('KAFKA_BROKERS=')
const walkThrough = blocks.filter((block) => block !== START && block !== TEST && !isDistributed(block))

const shell = (script: string, env: Record<string, string>) =>
  Bun.spawn(['bash', '-euo', 'pipefail', '-c', script], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  })

/** Ends a shell and all that it started: it is the leader of its own process group. */
const end = async (child: Bun.Subprocess): Promise<void> => {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group has ended by itself.
  }
  await child.exited
}

const ports = async () => ({
  GATEWAY_PORT: String(await freePort()),
  CONDUCTOR_PORT: String(await freePort()),
  ORCHESTRATOR_PORT: String(await freePort()),
})

const ready = (port: string) =>
  until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, {
    timeoutMs: 30_000,
    what: `${port} to be ready`,
  })

test('the README has the start, the tests, the walk-through and the distributed way, each as a block', () => {
  expect(blocks).toContain(START)
  expect(blocks).toContain(TEST)
  expect(walkThrough.length).toBeGreaterThanOrEqual(5)
  expect(blocks.filter(isDistributed).length).toBe(1)
})

test("the README's test command is the one that continuous integration runs", async () => {
  expect(await Bun.file(join(root, '.ci/run')).text()).toContain(TEST.trim())
})

test('every file and folder that the README names is there', () => {
  const named = [...readme.matchAll(/`((?:[a-z]+\/)[\w./-]*)`|\]\(((?!http)[^)]+)\)/g)].map(([, a, b]) => a ?? b ?? '')
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter((path) => !path.includes('<') && !existsSync(join(root, path)))).toEqual([])
})

describe('on one machine with one command', () => {
  let folder: string
  let port: string
  let server: Bun.Subprocess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-readme-'))
    const env = await ports()
    port = env.GATEWAY_PORT
    server = shell(START, { ...env, DATA_DIR: folder, SIMULATOR_PHASE_MS: '20', KAFKA_BROKERS: '', REDIS_URL: '' })
    await ready(port)
  }, 60_000)

  afterAll(async () => {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  })

  test('the walk-through runs as printed and shows what it promises', async () => {
    const script = walkThrough.join('\n').replaceAll('localhost:4001', `127.0.0.1:${port}`)
    const child = shell(script, {})
    const [code, out, err] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    expect({ code, err: code === 0 ? '' : err + out }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^HTTP\/1\.1 202 /m)
    expect(out).toContain('completed_with_failures')
    expect(out).toContain('spellcheck: skip, ')
    expect(out).toContain('cj_assessment: run, ')
  }, 60_000)
})

describeEngines('as processes of their own', ({ brokers, redisUrl }) => {
  test('the services start as printed and become ready', async () => {
    const env = await ports()
    const block = blocks.find(isDistributed) ?? ''
    const script = `${block.replace('localhost:9092', brokers.join(',')).replace('redis://localhost:6379', redisUrl)}\nwait`
    const prefix = uniquePrefix()
    const child = shell(script, {
      ...env,
      CONDUCTOR_URL: `http://127.0.0.1:${env.CONDUCTOR_PORT}`,
      ORCHESTRATOR_URL: `http://127.0.0.1:${env.ORCHESTRATOR_PORT}`,
      KAFKA_PREFIX: prefix,
      REDIS_PREFIX: prefix,
    })
    try {
      await Promise.all(Object.values(env).map(ready))
      const answer = await fetch(`http://127.0.0.1:${env.GATEWAY_PORT}/dev/token`, { method: 'POST' })
      expect(answer.status).toBe(404)
    } finally {
      await end(child)
    }
  }, 60_000)
})
