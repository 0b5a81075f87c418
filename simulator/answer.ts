import { receiveAs } from '../shared/contracts/receive.ts'
import type { DataOf } from '../shared/contracts/registry.ts'
import type { Topic } from '../shared/contracts/topics.ts'
import { MalformedError } from '../shared/errors.ts'
import type { LogRecord } from '../shared/log/port.ts'
import type { Cause, Script } from './script.ts'

/** What the simulator does with the records of one topic: reads them, and knows what is said to them. */
export interface Answer {
  readonly topic: Topic
  /** The same record gives the same script. Throws a MalformedError for one that cannot be read or names no batch. */
  read(record: LogRecord): Script
}

export const answering = <T extends Topic>(topic: T, scriptOf: (cause: Cause, data: DataOf<T>) => Script): Answer => ({
  topic,
  read(record) {
    const { envelope, batchId, at, headers } = receiveAs(topic, record)
    if (!batchId) throw new MalformedError('data_invalid', 'the message names no batch')
    const cause = {
      batchId,
      eventId: envelope.event_id,
      correlationId: envelope.correlation_id,
      at: at / 1_000,
      traceparent: headers['traceparent'],
    }
    // A generator gives its cues once; a script may have to be played again.
    return { [Symbol.iterator]: () => scriptOf(cause, envelope.data)[Symbol.iterator]() }
  },
})
