import type { Figure } from './figure.ts'
import { runCosts } from './run-costs.ts'

const PARTITIONS = [1, 6, 48]

/** What partitions cost where there is only one member to read them. */
export const scalePartitions: Figure = {
  name: 'scale-partitions',
  about: 'runs of two phases by the number of partitions of each topic, one process of each service',
  measure: (engines) =>
    runCosts(
      engines,
      new Map(PARTITIONS.map((partitions) => [`partitions of a topic: ${partitions}`, { partitions }])),
    ),
}
