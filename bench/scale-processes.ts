import type { Figure } from './figure.ts'
import { measureRuns, type Ran } from './runs.ts'

const PROCESSES = [1, 2, 4]

/** Cores are few, so what counts is what a run costs: the same with more processes means that more machines do more. */
export const scaleProcesses: Figure = {
  name: 'scale-processes',
  about: 'runs of two phases by the number of processes of each service, 12 partitions',
  async measure(engines) {
    const ran: (Ran & { readonly replicas: number })[] = []
    for (const replicas of PROCESSES)
      ran.push({ replicas, ...(await measureRuns(engines, { replicas, partitions: 12, rounds: 1 })) })
    return ran.map(({ replicas, perSecond, cpuMs }) => ({
      what: `CPU ms for a run, ${replicas} of each service`,
      value: cpuMs,
      ceiling: ran[0]?.cpuMs ?? 0,
      note: `ceiling: one of each; ${perSecond.toFixed(1)} runs/s on this machine`,
    }))
  },
}
