import { bucketOf } from '../../shared/buckets.ts'
import { receiveAs } from '../../shared/contracts/receive.ts'
import { DEAD_LETTER_BASES, dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import type { EventLog, FetchHandler, LogRecord, Subscription } from '../../shared/log/port.ts'
import { markerField, partitionName } from '../../shared/store/marker/key.ts'
import type { WriteCounts } from '../../shared/store/marker/write-counts.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Counted } from '../state/port.ts'
import type { DeadLetterStore } from './port.ts'
import { baseOf, readLetter } from './read-letter.ts'

/** The consumer group that indexes dead letters; markers and stores name it too. */
export const LETTERS_GROUP = 'baton-conductor-dead-letters'

export const LETTER_TOPICS: readonly string[] = [...DEAD_LETTER_BASES.map(dlqOf), TOPICS.deadLetterDecided]

/** The buckets that hold the index: those of the topics by name. */
export const LETTER_BUCKETS: readonly number[] = [...new Set(DEAD_LETTER_BASES.map(bucketOf))]

export interface LettersConsumerDeps {
  readonly log: Pick<EventLog, 'consume'>
  readonly store: Pick<DeadLetterStore, 'record' | 'decide'>
  readonly logger: Logger
  readonly writes: WriteCounts
}

/**
 * Indexes every dead letter of the wire and what was decided about it. A fetch that cannot be stored is held and comes
 * again, whatever the failure is: a dead letter has no dead letters. Offsets follow the markers: their keeper commits.
 */
export const consumeLetters = ({ log, store, logger, writes }: LettersConsumerDeps): Promise<Subscription> => {
  const countedFor = (record: LogRecord): Counted => ({
    field: markerField(LETTERS_GROUP, partitionName(record)),
    writes,
  })

  const decide = async (record: LogRecord): Promise<void> => {
    try {
      const { data } = receiveAs(TOPICS.deadLetterDecided, record).envelope
      const { topic, letter_id, verdict, decided_by, user_id, decided_at } = data
      const decision = { verdict, decidedBy: decided_by, userId: user_id, decidedAt: decided_at }
      await store.decide(topic, letter_id, decision, countedFor(record))
    } catch (thrown) {
      if (!(thrown instanceof MalformedError)) throw thrown
      const { topic, partition, offset } = record
      logger.error({ topic, partition, offset, err: thrown.message }, 'not a decision about a dead letter')
    }
  }

  const handle: FetchHandler = async (records) => {
    const [first] = records
    if (first?.topic === TOPICS.deadLetterDecided) await Promise.all(records.map(decide))
    else if (first) await store.record(baseOf(first.topic), records.map(readLetter), countedFor(first))
  }
  return log.consume({ group: LETTERS_GROUP, topics: LETTER_TOPICS, commit: 'asked' }, handle)
}
