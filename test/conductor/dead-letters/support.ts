import { Database } from 'bun:sqlite'
import { LETTERS_GROUP } from '../../../conductor/dead-letters/consumer.ts'
import { createEmbeddedDeadLetters } from '../../../conductor/dead-letters/embedded.ts'
import type { DeadLetterStore, LetterDecision, LetterHead, NewLetter } from '../../../conductor/dead-letters/port.ts'
import { readLetter } from '../../../conductor/dead-letters/read-letter.ts'
import { createRedisDeadLetters } from '../../../conductor/dead-letters/redis.ts'
import { derivedId } from '../../../shared/ids.ts'
import { type DeadLetterReason, deadLetterOf } from '../../../shared/log/dead-letter.ts'
import type { LogRecord } from '../../../shared/log/port.ts'
import type { MarkerStore } from '../../../shared/store/marker/port.ts'
import { createRedisMarkers } from '../../../shared/store/marker/redis.ts'
import type { RedisClient } from '../../../shared/store/redis/client.ts'
import { delivered } from '../../support/delivered.ts'
import { openForReaders } from '../state/support.ts'

export const RETENTION_MS = 1_000_000
export const AT = 1_770_106_530_000

export interface TestLetters {
  readonly store: DeadLetterStore
  /** Milliseconds since 1970. */
  readonly clock: { now: number }
}

/** A marker store whose buckets are all complete. */
const COMPLETE: Pick<MarkerStore, 'isComplete'> = { isComplete: async () => true }

export const embeddedLetters = (markers = COMPLETE): TestLetters => {
  const clock = { now: AT }
  const db = new Database(':memory:', { strict: true })
  const options = { db, markers, group: LETTERS_GROUP, retentionMs: RETENTION_MS }
  return { clock, store: createEmbeddedDeadLetters({ ...options, clock: () => clock.now }) }
}

export const redisLetters = (redis: RedisClient, prefix: string): TestLetters => {
  const clock = { now: AT }
  const markers = createRedisMarkers({ redis, prefix })
  const options = { redis, prefix, group: LETTERS_GROUP, retentionMs: RETENTION_MS }
  const store = createRedisDeadLetters({ ...options, clock: () => clock.now })
  openForReaders(markers, undefined, LETTERS_GROUP)
  return { clock, store }
}

/** Letter number `n` of a topic, written `n` milliseconds after the start. */
export const letter = (n: number, over: Partial<LetterHead> = {}): NewLetter => ({
  head: {
    id: derivedId('letter', over.topic ?? 't', n),
    topic: 't',
    reason: 'not_json',
    error: `letter ${n}`,
    service: 'test_service',
    batchId: 'b-1',
    correlationId: null,
    eventType: null,
    at: AT + n,
    redrivable: true,
    wasRedriven: false,
    ...over,
  },
  body: JSON.stringify({ n, åäö: '}x' }),
})

export const decision = (over: Partial<LetterDecision> = {}): LetterDecision => ({
  verdict: 'parked',
  decidedBy: 'ops',
  userId: 'ada',
  decidedAt: AT,
  ...over,
})

/** A record as a consumer of its topic got it. */
export const deadRecord = (topic: string, offset: number, value: string, over: Partial<LogRecord> = {}): LogRecord => ({
  topic,
  partition: 3,
  offset,
  key: new TextEncoder().encode('b-1'),
  value: new TextEncoder().encode(value),
  headers: { event_id: 'as sent', note: 'kept' },
  timestamp: AT - 60_000,
  ...over,
})

/** The record's dead letter, as the index reads it from the log. */
export const buried = (record: LogRecord, reason: DeadLetterReason = 'not_json', error = 'no JSON'): NewLetter => {
  const message = deadLetterOf({ record, reason, error, service: 'test_service', at: AT })
  return readLetter(delivered(message, { offset: record.offset, timestamp: AT + record.offset }))
}
