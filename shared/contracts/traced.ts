import { parseTraceparent, validTraceparent } from '../telemetry/trace.ts'
import type { Received } from './receive.ts'

type Traced = Pick<Received, 'headers'> & { readonly envelope: Pick<Received['envelope'], 'metadata'> }

/** The trace that a record belongs to: its header's, else its envelope's. */
export const traceparentOf = ({ headers, envelope }: Traced): string | undefined => {
  const told = envelope.metadata?.['traceparent']
  return validTraceparent(headers['traceparent'] ?? (typeof told === 'string' ? told : undefined))
}

/** The same, if somebody records that trace. */
export const recordedTraceOf = (received: Traced): string | undefined => {
  const traceparent = traceparentOf(received)
  return parseTraceparent(traceparent)?.sampled ? traceparent : undefined
}
