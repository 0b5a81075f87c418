import { z } from 'zod'
import {
  ACROSS_FIELDS,
  commonConfig,
  InternalKeys,
  isLoopback,
  kafkaConfig,
  List,
  OnOff,
  Port,
  Share,
  Whole,
} from '../shared/config.ts'
import { wholeKafkaSecurity } from '../shared/connections.ts'

/** What the simulator reads of the environment, also when it is part of the embedded process. */
export const simulatorFields = {
  /** Milliseconds of work on one essay in one phase, on average. */
  SIMULATOR_PHASE_MS: Whole(200, 0, 600_000),
  /** The same seed and the same messages give the same answers. */
  SIMULATOR_SEED: z.string().default('1'),
  /** How many essays fail in a phase. */
  SIMULATOR_FAILURE_RATE: Share(0),
  /** How many essays content validation refuses. */
  SIMULATOR_CONTENT_FAILURE_RATE: Share(0),
  /** How many messages are said a second time, some of them under a new event id. */
  SIMULATOR_REPEAT_RATE: Share(0),
  /** How many messages come behind those that should follow them. */
  SIMULATOR_REORDER_RATE: Share(0),
  /** How many messages are never said. */
  SIMULATOR_LOSS_RATE: Share(0),
  /** How many messages come late. */
  SIMULATOR_LATE_RATE: Share(0),
  /** How late they are, in milliseconds. */
  SIMULATOR_LATE_MS: Whole(10_000, 0, 86_400_000),
  /** Phases whose specialist does nothing, `content` or `student_matching`; their work waits in the log. */
  SIMULATOR_PAUSED: List.default([]),
  /** Where health, metrics and the pauses are served; unset: nowhere. */
  SIMULATOR_PORT: Port(4004).unwrap().optional(),
}
export type SimulatorSettings = z.infer<z.ZodObject<typeof simulatorFields>>

interface Brokers {
  readonly KAFKA_BROKERS: readonly string[]
  readonly SIMULATOR_ALLOW_REMOTE: 'on' | 'off'
}

/** On somebody's real log the simulator would answer commands that are not meant for it. */
const staysHome = ({ KAFKA_BROKERS, SIMULATOR_ALLOW_REMOTE }: Brokers, context: z.RefinementCtx): void => {
  if (SIMULATOR_ALLOW_REMOTE === 'on' || !Array.isArray(KAFKA_BROKERS)) return
  const remote = KAFKA_BROKERS.filter((broker) => !isLoopback(broker.replace(/:\d+$/, '')))
  if (remote.length > 0)
    context.addIssue({
      code: 'custom',
      path: ['KAFKA_BROKERS'],
      message:
        'must be on loopback: the simulator answers in place of real services (or set SIMULATOR_ALLOW_REMOTE=on)',
    })
}

/** The simulator as a process of its own. */
export const SimulatorConfig = z
  .object({
    ...commonConfig,
    ...kafkaConfig,
    ...simulatorFields,
    /** Set: pausing and resuming take one of these keys. */
    INTERNAL_API_KEY: InternalKeys.optional(),
    SIMULATOR_ALLOW_REMOTE: OnOff('off'),
  })
  .superRefine(staysHome, ACROSS_FIELDS)
  .superRefine(wholeKafkaSecurity, ACROSS_FIELDS)
export type SimulatorConfig = z.infer<typeof SimulatorConfig>
