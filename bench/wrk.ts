import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cost, cpuOf, machineCpu, medianCost } from './cost.ts'
import { median } from './figure.ts'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** A wrk script in Lua: method, body and headers. */
  readonly script: string
  /** The process that answers. */
  readonly pid: number
}

export interface Measured extends Cost {
  /** Milliseconds. */
  readonly p99: number
  /** CPU milliseconds of the whole machine for one: client, engines and neighbours too. */
  readonly machineMs: number
  /** Answers that were no success. */
  readonly refused: number
}

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 }

/** Loads an address with wrk on one thread, which takes less of the machine than any client of our own would. */
export const wrk = async ({ url, connections, seconds, script, pid }: Load): Promise<Measured> => {
  if (Bun.which('wrk') === null) throw new Error('this figure needs wrk: apt-get install wrk')
  const folder = await mkdtemp(join(tmpdir(), 'baton-wrk-'))
  try {
    const file = join(folder, 'load.lua')
    await Bun.write(file, script)
    const command = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', file, url]
    const [before, ofMachine] = [cpuOf(pid), machineCpu()]
    const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    if (code !== 0) throw new Error(`wrk ended with ${code}: ${err}${out}`)
    const [, p99 = '0', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s)/.exec(out) ?? []
    const requests = Number(/(\d+) requests in /.exec(out)?.[1] ?? Number.NaN)
    return {
      cpuMs: (cpuOf(pid) - before) / requests,
      machineMs: (machineCpu() - ofMachine) / requests,
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1] ?? 0),
      p99: Number(p99) * (MS[unit] ?? 1),
      refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The middle of several measurements. */
export const medianOf = (runs: readonly Measured[] = []): Measured => ({
  ...medianCost(runs),
  p99: median(runs.map(({ p99 }) => p99)),
  machineMs: median(runs.map(({ machineMs }) => machineMs)),
  refused: runs.reduce((sum, { refused }) => sum + refused, 0),
})
