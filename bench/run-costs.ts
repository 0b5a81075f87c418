import type { BenchEngines, Row } from './figure.ts'
import { measureRuns, type Ran } from './runs.ts'
import type { ServicesOptions } from './services.ts'

/** What a run costs in CPU with each of these, against the first: cores are few, so rates say little. */
export const runCosts = async (
  engines: BenchEngines,
  variants: ReadonlyMap<string, ServicesOptions>,
): Promise<readonly Row[]> => {
  const ran: [string, Ran][] = []
  for (const [name, options] of variants) ran.push([name, await measureRuns(engines, { ...options, rounds: 1 })])
  const [first] = ran
  return ran.map(([name, { perSecond, cpuMs }]) => ({
    what: `CPU ms for a run, ${name}`,
    value: cpuMs,
    ceiling: first?.[1].cpuMs ?? 0,
    cpuMs,
    note: `ceiling: ${first?.[0]}; ${perSecond.toFixed(1)} runs/s on this machine`,
  }))
}
