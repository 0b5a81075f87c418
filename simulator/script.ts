import type { DataInputOf } from '../shared/contracts/registry.ts'
import { messageOf } from '../shared/contracts/send.ts'
import type { Sender } from '../shared/contracts/senders.ts'
import type { Topic } from '../shared/contracts/topics.ts'
import { type BatchId, type CorrelationId, derivedId, type EventId, eventId } from '../shared/ids.ts'
import type { OutgoingMessage } from '../shared/log/port.ts'

/** The record that a script answers. */
export interface Cause {
  readonly batchId: BatchId
  readonly eventId: EventId
  readonly correlationId: CorrelationId
  /** Milliseconds since 1970. */
  readonly at: number
  readonly traceparent: string | undefined
}

/** All that one record causes. */
export interface Script {
  readonly cause: Cause
  /** What is being done: a phase, or `content`. */
  readonly stage: string
  readonly essayIds: readonly string[]
  /** In order; made as they are played, since a large batch has many thousand, and anew at each call. */
  readonly cues: () => Iterable<Cue>
}

/** One message, and when it is due. */
export interface Cue {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly topic: Topic
  /** It was made late on purpose: nothing waits for it. */
  readonly isLate?: boolean
  /** The essay that it is about, or null when it is about the batch. */
  readonly essayId: string | null
  /** Copies above 0 say the same under another event id, as the original does when it publishes again. */
  readonly message: (copy?: number) => OutgoingMessage
}

interface Line<T extends Topic> {
  readonly topic: T
  readonly source: Sender
  /** Milliseconds since 1970. */
  readonly at: number
  readonly data: DataInputOf<T>
  readonly essayId?: string
  /** Where the original does not use the batch id: two essays of one batch then keep no order (contracts 4.1). */
  readonly key?: string
}

/** A message that the cause leads to. Its id derives from the cause, so that saying it twice says the same (invariant 4). */
export const cue = <T extends Topic>(cause: Cause, line: Line<T>): Cue => {
  const { topic, source, at, data, essayId = null, key } = line
  const { batchId, correlationId, traceparent } = cause
  return {
    at,
    topic,
    essayId,
    message(copy = 0) {
      const id = eventId(derivedId(cause.eventId, topic, essayId ?? '', copy))
      const message = messageOf({ topic, batchId, eventId: id, correlationId, source, at, data, traceparent })
      return key === undefined ? message : { ...message, key }
    },
  }
}
