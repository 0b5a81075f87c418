import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UNREADABLE } from '../../conductor/dead-letters/read-letter.ts'
import { batchId } from '../../shared/ids.ts'
import { createProgramPool } from '../e2e/process.ts'
import { freePort } from '../support/free-port.ts'
import { plantLetters } from '../support/planted-letters.ts'
import { until } from '../support/until.ts'

/** Runs the commands of `docs/dead-letters.md`, `docs/recovery.md` and `docs/simulator.md` as printed, against the embedded process. */

const root = join(import.meta.dir, '../..')
const pageOf = (name: string) => Bun.file(join(root, 'docs', name)).text()
const pages = ['dead-letters.md', 'recovery.md', 'simulator.md'].map(pageOf)
const [deadLetters = '', recovery = '', simulator = ''] = await Promise.all(pages)
const blocksOf = (page: string) => [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

const B = batchId('b-1')
const programs = createProgramPool()
let folder: string
let ports: Record<string, string>

const start = async () => {
  const program = programs.start('start.ts', { ...ports, DATA_DIR: join(folder, 'data'), SIMULATOR_PHASE_MS: '5' })
  await until(async () => (await fetch(`http://127.0.0.1:${ports['CONDUCTOR_PORT']}/readyz`)).ok, {
    timeoutMs: 30_000,
    what: 'the process to be ready',
  })
  return program
}

/** Runs a script where `data/` is the test's own; what it prints. */
const shell = async (script: string, env: Record<string, string> = {}) => {
  const bun = `bun() { if [ "$1" = run ]; then shift; set -- run --silent --cwd ${root} "$@"; fi; command bun "$@"; }`
  const child = Bun.spawn(['bash', '-euo', 'pipefail', '-c', `${bun}\n${script}`], {
    cwd: folder,
    env: {
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
      CONDUCTOR_URL: `http://127.0.0.1:${ports['CONDUCTOR_PORT']}`,
      USER: 'ada',
      DATA_DIR: join(folder, 'data'),
      ...env,
    },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  expect({ code, err: code === 0 ? '' : err + out }).toEqual({ code: 0, err: '' })
  return out
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-operations-'))
  const port = async () => String(await freePort())
  ports = { GATEWAY_PORT: await port(), CONDUCTOR_PORT: await port(), ORCHESTRATOR_PORT: await port() }
  await plantLetters(join(folder, 'data'), [B])
}, 30_000)

afterAll(async () => {
  await programs.endAll()
  await rm(folder, { recursive: true, force: true })
})

test('dead letters are worked off and a scenario is played as the pages say, and afterwards state is compared with the log', async () => {
  const program = await start()
  const [key = '', ...commands] = blocksOf(deadLetters)
  await until(async () => (await shell(`${key}bun run dead-letters groups`)).includes('not_json'), {
    timeoutMs: 15_000,
    what: 'the malformed message to be listed',
  })
  const out = await shell([key, ...commands].join('\n'))
  expect(out).toMatch(/^1 \(1 open\) {2}huleedu\.els\.batch\.phase\.outcome\.v1 {2}not_json/m)
  expect(out).toContain(`"raw": "${Buffer.from('no json').toString('base64')}"`)
  expect(out).toMatch(/ parked .* not_json /)
  expect(out).toMatch(/1 would_be_redriven[\s\S]*1 redriven/)
  await until(async () => (await stateOf(key)).includes('teacher-1'), { timeoutMs: 15_000, what: 'the redriven batch' })

  const gateway = `http://127.0.0.1:${ports['GATEWAY_PORT']}`
  const npm = `npm() { shift; command bun run --silent --cwd ${root} "$@" --gateway ${gateway}; }`
  const played = await shell([npm, ...blocksOf(simulator)].join('\n'))
  expect(played).toMatch(/^refused-content /m)
  expect(played).toMatch(/completed_with_failures/)

  await program.end('SIGTERM')
  const compared = await shell(blocksOf(recovery).join('\n'), { BATCH: B })
  expect(compared.match(/^\d batches, 0 different, 0 replaced, 0 undecided, 0 expired$/gm)).toHaveLength(3)
}, 90_000)

const stateOf = (key: string) =>
  shell(
    `${key}curl -s -H "x-internal-api-key: $INTERNAL_API_KEY" -H 'x-service-id: test' "$CONDUCTOR_URL/internal/v1/batches/${B}/state"`,
  )

test('the reasons are those that there are', async () => {
  const source = await Bun.file(join(root, 'shared/errors.ts')).text()
  const malformed = [...(/MalformedReason = ([^\n]+)/.exec(source)?.[1]?.matchAll(/'(\w+)'/g) ?? [])].map(
    ([, code]) => code,
  )
  const expected = [...malformed, 'handler_failed', 'critical_resolution_failure', UNREADABLE]
  const listed = [...deadLetters.matchAll(/^\| (`[^|]+`) \| [^|]+ \| [^|]+ \|$/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, code]) => code),
  )
  expect(listed.sort()).toEqual(expected.sort())
})
