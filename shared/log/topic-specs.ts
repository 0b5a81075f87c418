import { COMPACTED_TOPICS, dlqOf, ONE_PARTITION_TOPICS, RESOLUTION, TOPICS } from '../contracts/topics.ts'
import type { TopicSpec } from './port.ts'

export interface TopicOptions {
  readonly topics: readonly string[]
  readonly partitions: number
  /** How long state is kept after a batch's last change, milliseconds. */
  readonly stateExpiryMs: number
  readonly maxBatchEssays: number
}

const DAY = 86_400_000
/** The log must outlive the state that is rebuilt from it (invariant 13). */
const RETENTION_BEYOND_STATE_MS = 7 * DAY
/**
 * An essay's reference in a command is 130 to 140 bytes, measured. With an id of 255 characters it is 360, in the result of an
 * assessment 470, and 510 in the outcome of a spellcheck with its metrics.
 */
const BYTES_PER_ESSAY = 600
const KAFKA_DEFAULT_BYTES = 1_048_588

/** Bytes that a message naming so many essays may have; never less than Kafka's default. */
export const maxMessageBytesFor = (maxBatchEssays: number): number =>
  Math.max(KAFKA_DEFAULT_BYTES, maxBatchEssays * BYTES_PER_ESSAY)

/** Topics as they must be, each with its dead letters: these hold the raw bytes as base64 beside the JSON. */
export const topicSpecs = ({
  topics,
  partitions,
  stateExpiryMs,
  maxBatchEssays,
}: TopicOptions): readonly TopicSpec[] => {
  const maxMessageBytes = maxMessageBytesFor(maxBatchEssays)
  const retentionMs = stateExpiryMs + RETENTION_BEYOND_STATE_MS
  const deadLettersOf = (name: string): TopicSpec => ({
    name: dlqOf(name),
    partitions: 1,
    retentionMs,
    maxMessageBytes: 2 * maxMessageBytes,
  })
  return [
    ...topics.flatMap((name) => [
      {
        name,
        partitions: ONE_PARTITION_TOPICS.has(name) ? 1 : partitions,
        retentionMs,
        maxMessageBytes,
        compacted: COMPACTED_TOPICS.has(name),
      },
      deadLettersOf(name),
    ]),
    deadLettersOf(RESOLUTION),
  ]
}

/** How long state is kept after the last change, milliseconds. */
export const stateExpiryMsOf = (config: { readonly STATE_EXPIRY_DAYS: number }): number =>
  config.STATE_EXPIRY_DAYS * DAY

/** How long our topics keep records, milliseconds; compacted ones keep them for ever. */
export const retentionMsOf = (config: { readonly STATE_EXPIRY_DAYS: number }): number =>
  stateExpiryMsOf(config) + RETENTION_BEYOND_STATE_MS

/** The specs of every topic of the wire, by the configuration that all services share. */
export const topicSpecsOf = (config: {
  readonly TOPIC_PARTITIONS: number
  readonly STATE_EXPIRY_DAYS: number
  readonly MAX_BATCH_ESSAYS: number
}): readonly TopicSpec[] =>
  topicSpecs({
    topics: Object.values(TOPICS),
    partitions: config.TOPIC_PARTITIONS,
    stateExpiryMs: stateExpiryMsOf(config),
    maxBatchEssays: config.MAX_BATCH_ESSAYS,
  })
