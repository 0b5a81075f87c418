import { receiveAs } from '../shared/contracts/receive.ts'
import type { DataOf } from '../shared/contracts/registry.ts'
import type { Topic } from '../shared/contracts/topics.ts'
import { MalformedError } from '../shared/errors.ts'
import type { LogRecord } from '../shared/log/port.ts'
import type { Cause, Cue, Script } from './script.ts'

/** What the simulator does with the records of one topic: reads them, and knows what is said to them. */
export interface Answer {
  readonly topic: Topic
  readonly stage: string
  /** The same record gives the same script. Throws a MalformedError for one that cannot be read or names no batch. */
  read(record: LogRecord): Script
}

interface Answering<T extends Topic> {
  readonly topic: T
  /** A phase, or `content`. */
  readonly stage: string
  readonly essayIdsOf: (data: DataOf<T>) => readonly string[]
  readonly cuesOf: (cause: Cause, data: DataOf<T>) => Iterable<Cue>
}

/** An answer to one topic's messages. */
export const answering = <T extends Topic>({ topic, stage, essayIdsOf, cuesOf }: Answering<T>): Answer => ({
  topic,
  stage,
  read(record) {
    const { envelope, batchId, at, headers } = receiveAs(topic, record)
    if (!batchId) throw new MalformedError('data_invalid', 'the message names no batch')
    const { event_id, correlation_id, data } = envelope
    const traceparent = headers['traceparent']
    const cause = { batchId, eventId: event_id, correlationId: correlation_id, at: at / 1_000, traceparent }
    return { cause, stage, essayIds: essayIdsOf(data), cues: () => cuesOf(cause, data) }
  },
})
