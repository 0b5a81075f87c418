import { asError } from '../../shared/errors.ts'
import type { EventLog, TopicSpec } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { AuditSink } from './port.ts'

/** Ours, additive. One entry a record, keyed by user, so that what one user did keeps its order. */
export const AUDIT_TOPIC = 'huleedu.audit.api.v1'

export interface TopicSinkDeps {
  readonly log: Pick<EventLog, 'publish'>
  readonly logger: Logger
  readonly timeoutMs: number
  /** Makes the id of each entry: one made from what a client chose, as the correlation id is, could be made to collide. */
  readonly randomId: () => string
}

/** Entries that wait for the log at most; beyond that, what cannot be published is told in the log of the service. */
const MAX_WAITING = 10_000

/** Publishes the audit beside the request: a log that is away delays nobody, and what it misses is logged. */
export const createTopicSink = ({ log, logger, timeoutMs, randomId }: TopicSinkDeps): AuditSink => {
  let waiting = 0
  const lost = (entry: object, why: string) => logger.error({ err: why, entry }, 'the audit was not published')
  return (entry) => {
    if (waiting >= MAX_WAITING) return lost(entry, 'too many entries wait')
    waiting += 1
    const headers = { event_id: randomId(), event_type: AUDIT_TOPIC }
    log
      .publish([{ topic: AUDIT_TOPIC, key: entry.user_id, value: JSON.stringify(entry), headers }], { timeoutMs })
      .catch((thrown) => lost(entry, asError(thrown).message))
      .finally(() => {
        waiting -= 1
      })
  }
}

/** The topic as it must be, where it is configured. */
export const auditTopics = (config: {
  readonly AUDIT_TOPIC: 'on' | 'off'
  readonly TOPIC_PARTITIONS: number
  readonly STATE_EXPIRY_DAYS: number
}): readonly TopicSpec[] =>
  config.AUDIT_TOPIC === 'off'
    ? []
    : topicSpecs({
        topics: [AUDIT_TOPIC],
        partitions: config.TOPIC_PARTITIONS,
        stateExpiryMs: config.STATE_EXPIRY_DAYS * 86_400_000,
        maxBatchEssays: 1,
      }).filter(({ name }) => name === AUDIT_TOPIC)
