import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProgramPool, type Program } from '../e2e/process.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

export interface Embedded {
  /** Where the gateway listens, the same after each start. */
  readonly port: number
  /** Where it keeps its files. */
  readonly folder: string
  start(): Promise<void>
  /** What it has written since the last start. */
  output(): string
  /** As a crash would. */
  kill(): Promise<void>
  /** Ends it and removes what it kept. */
  end(): Promise<void>
}

/** Everything in one process, on free ports, without limits, with quick specialists. */
export const createEmbeddedProcess = async (over: Readonly<Record<string, string>> = {}): Promise<Embedded> => {
  const programs = createProgramPool()
  const folder = await mkdtemp(join(tmpdir(), 'baton-console-'))
  const [port, conductor, orchestrator] = [await freePort(), await freePort(), await freePort()]
  const env = {
    DATA_DIR: folder,
    GATEWAY_PORT: String(port),
    CONDUCTOR_PORT: String(conductor),
    ORCHESTRATOR_PORT: String(orchestrator),
    SIMULATOR_PHASE_MS: '40',
    RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
    RATE_LIMIT_STATUS_PER_MINUTE: '0',
    RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
    ...over,
  }
  let program: Program | undefined
  return {
    port,
    folder,
    async start() {
      const started = programs.start('start.ts', env)
      program = started
      await until(() => started.output().includes('Baton is ready'), { timeoutMs: 20_000, what: 'the start' })
    },
    output: () => program?.output() ?? '',
    async kill() {
      await program?.end('SIGKILL')
    },
    async end() {
      await programs.endAll()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
