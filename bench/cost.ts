import { readFileSync } from 'node:fs'
import { median } from './figure.ts'

/** What one operation took of a machine. */
export interface Cost {
  readonly perSecond: number
  /** CPU milliseconds for one. */
  readonly cpuMs: number
}

/** CPU milliseconds that this process has used so far. */
export const ownCpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** How many ticks Linux counts in a second, for every program. */
const TICKS = 100

/** The same of another process, without its children; NaN where there is no `/proc`. */
export const cpuOf = (pid: number): number => {
  try {
    // The name, which may hold blanks, ends with the last bracket; user and system time are the 14th and 15th field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS
  } catch {
    return Number.NaN
  }
}

/** The same of the whole machine, whoever used it; NaN where there is no `/proc`. */
export const machineCpu = (): number => {
  try {
    // `cpu user nice system idle iowait irq softirq …`
    const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 8).map(Number)
    return (((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) * 1_000) / TICKS
  } catch {
    return Number.NaN
  }
}

/** What each of `count` operations took that `work` does; by default of the CPU of this process. */
export const cost = async (
  count: number,
  work: () => Promise<unknown>,
  used = ownCpu,
  clock = () => performance.now(),
): Promise<Cost> => {
  const [started, before] = [clock(), used()]
  await work()
  return { perSecond: count / ((clock() - started) / 1_000), cpuMs: (used() - before) / count }
}

/** The middle of each. */
export const medianCost = (costs: readonly Cost[]): Cost => ({
  perSecond: median(costs.map((one) => one.perSecond)),
  cpuMs: median(costs.map((one) => one.cpuMs)),
})

/** `cpuMs` of a row, where it could be measured. */
export const cpuOfRow = ({ cpuMs }: Pick<Cost, 'cpuMs'>): { readonly cpuMs?: number } =>
  Number.isFinite(cpuMs) ? { cpuMs } : {}
