import type { Figure } from './figure.ts'
import { measureRuns, type Ran } from './runs.ts'

const PARTITIONS = [1, 6, 48]

/** What partitions cost where there is only one member to read them. */
export const scalePartitions: Figure = {
  name: 'scale-partitions',
  about: 'runs of two phases by the number of partitions of each topic, one process of each service',
  async measure(engines) {
    const ran: (Ran & { readonly partitions: number })[] = []
    for (const partitions of PARTITIONS)
      ran.push({ partitions, ...(await measureRuns(engines, { partitions, rounds: 1 })) })
    return ran.map(({ partitions, perSecond, cpuMs }) => ({
      what: `CPU ms for a run, ${partitions} partitions`,
      value: cpuMs,
      ceiling: ran[0]?.cpuMs ?? 0,
      note: `ceiling: one partition; ${perSecond.toFixed(1)} runs/s on this machine`,
    }))
  },
}
