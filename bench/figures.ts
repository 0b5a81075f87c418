import { define } from './define.ts'
import type { Figure } from './figure.ts'
import { firstAnswerFigure } from './first-answer.ts'
import { firstCommand } from './first-command.ts'
import { gatewayCommands } from './gateway-commands.ts'
import { gatewayStatus } from './gateway-status.ts'
import { knownBatches } from './known-batches.ts'
import { memory } from './memory.ts'
import { projection } from './projection.ts'
import { publish } from './publish.ts'
import { requests } from './requests.ts'
import { runs } from './runs.ts'
import { scaleBatchSize } from './scale-batch-size.ts'
import { scalePartitions } from './scale-partitions.ts'
import { scaleProcesses } from './scale-processes.ts'
import { streams } from './streams.ts'

/** Every figure that is published. A new one is a file and a line here. */
export const FIGURES: readonly Figure[] = [
  publish,
  requests,
  memory,
  projection,
  define,
  firstAnswerFigure,
  firstCommand,
  runs,
  knownBatches,
  streams,
  gatewayCommands,
  gatewayStatus,
  scaleBatchSize,
  scalePartitions,
  scaleProcesses,
]
