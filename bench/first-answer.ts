import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCommand } from '../test/e2e/process.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/until.ts'
import { cpuOf, cpuOfRow } from './cost.ts'
import { type Figure, median } from './figure.ts'

const RUNS = 5
const ROOT = join(import.meta.dir, '..')
const BARE = `Bun.serve({ hostname: '127.0.0.1', port: Number(process.env.GATEWAY_PORT), fetch: () => new Response() })`

/** Milliseconds, and those of its CPU, from the start of a process to its first answer. */
const firstAnswer = async (command: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-start-'))
  const [gateway, conductor, orchestrator] = [await freePort(), await freePort(), await freePort()]
  const env = {
    DATA_DIR: folder,
    GATEWAY_PORT: `${gateway}`,
    CONDUCTOR_PORT: `${conductor}`,
    ORCHESTRATOR_PORT: `${orchestrator}`,
  }
  const started = performance.now()
  const program = startCommand([process.execPath, ...command], ROOT, env)
  try {
    const answers = async () => (await fetch(`http://127.0.0.1:${gateway}/healthz`)).ok
    await until(answers, { timeoutMs: 60_000, what: 'the first answer', intervalMs: 1 })
    return { ms: performance.now() - started, cpuMs: cpuOf(program.pid) }
  } finally {
    await program.end('SIGKILL')
    await rm(folder, { recursive: true })
  }
}

/** How long whoever types `npm start` waits, with a data folder that is made then. */
export const firstAnswerFigure: Figure = {
  name: 'first-answer',
  about: 'from the start of the embedded process to its first answer, with a fresh data folder',
  async measure() {
    const [ours, cpu, bare]: number[][] = [[], [], []]
    // The first run fills the file cache and does not count.
    for (let run = 0; run <= RUNS; run++) {
      const [one, least] = [await firstAnswer(['start.ts']), await firstAnswer(['-e', BARE])]
      if (run === 0) continue
      ours?.push(one.ms)
      cpu?.push(one.cpuMs)
      bare?.push(least.ms)
    }
    return [
      {
        what: 'ms from start to first answer, embedded',
        value: median(ours ?? []),
        ...cpuOfRow({ cpuMs: median(cpu ?? []) }),
        note: `wanted: under 300; a bare server of Bun takes ${Math.round(median(bare ?? []))}`,
      },
    ]
  },
}
