import type { Figure } from './figure.ts'
import { runCosts } from './run-costs.ts'

const PROCESSES = [1, 2, 4]

/** The same cost with more processes means that more machines do more. */
export const scaleProcesses: Figure = {
  name: 'scale-processes',
  about: 'runs of two phases by the number of processes of each service, 12 partitions',
  measure: (engines) =>
    runCosts(
      engines,
      new Map(PROCESSES.map((replicas) => [`${replicas} of each service`, { replicas, partitions: 12 }])),
    ),
}
