import type { DataInputOf } from '../shared/contracts/registry.ts'
import { messageOf } from '../shared/contracts/send.ts'
import type { Sender } from '../shared/contracts/senders.ts'
import type { Topic } from '../shared/contracts/topics.ts'
import { type BatchId, type CorrelationId, derivedId, type EventId, eventId } from '../shared/ids.ts'
import type { OutgoingMessage } from '../shared/log/port.ts'

/** One message, and when it is due, in milliseconds since 1970. */
export interface Cue {
  readonly at: number
  readonly message: OutgoingMessage
}

/** All that one record causes, in order. Made as it is played: a large batch has many thousand cues. */
export type Script = Iterable<Cue>

/** The record that a script answers. */
export interface Cause {
  readonly batchId: BatchId
  readonly eventId: EventId
  readonly correlationId: CorrelationId
  /** Milliseconds since 1970. */
  readonly at: number
  readonly traceparent: string | undefined
}

interface Line<T extends Topic> {
  readonly topic: T
  readonly source: Sender
  /** Milliseconds since 1970. */
  readonly at: number
  readonly data: DataInputOf<T>
  /** What tells this message from others of its topic that have the same cause: the essay. */
  readonly about?: string
  /** Where the original does not use the batch id: two essays of one batch then keep no order (contracts 4.1). */
  readonly key?: string
}

/** The message that the cause leads to. Its id derives from the cause, so that saying it twice says the same (invariant 4). */
export const cue = <T extends Topic>(cause: Cause, { topic, source, at, data, about = '', key }: Line<T>): Cue => {
  const { batchId, correlationId, traceparent } = cause
  const id = eventId(derivedId(cause.eventId, topic, about))
  const message = messageOf({ topic, batchId, eventId: id, correlationId, source, at, data, traceparent })
  return { at, message: key === undefined ? message : { ...message, key } }
}
