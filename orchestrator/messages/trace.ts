import { z } from 'zod'
import { derivedTraceparent, validTraceparent } from '../../shared/telemetry/trace.ts'
import type { Book } from '../runs/model/book.ts'
import type { OutboxEntry } from '../runs/model/outbox-entry.ts'

/** What of a request's stored message tells its trace. */
const Traced = z.object({ traceparent: z.string().optional() })

/** A run that was restored after its end has an empty message. */
const storedIn = (message: string | undefined): string | undefined =>
  message ? validTraceparent(Traced.parse(JSON.parse(message)).traceparent) : undefined

/**
 * The trace of what an entry causes: that of the request behind it, kept with the run, so that a crash does not cut it off;
 * else one derived from the correlation id. The same book and entry give the same.
 */
export const traceOf = (book: Book, entry: OutboxEntry): string => {
  const { correlation_id } = entry
  const run = book.runs.findLast((candidate) => candidate.correlation_id === correlation_id)
  const message = entry.kind === 'command' ? entry.message : run?.message
  return storedIn(message) ?? derivedTraceparent(correlation_id, entry.cause)
}
