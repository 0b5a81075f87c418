/**
 * W3C trace context: the text that goes along from a browser's request through the log to whatever it causes. It goes
 * along whether or not anybody records spans; recording is another matter (`otlp.ts`), off by default.
 */

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

/** Undefined for anything that the standard forbids: then whoever reads it begins a trace of its own. */
export const parseTraceparent = (text: string | undefined): TraceParent | undefined => {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(text ?? '') ?? []
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** The same, as text. */
export const validTraceparent = (text: string | undefined): string | undefined =>
  parseTraceparent(text) === undefined ? undefined : text

/**
 * The context of something that came without one: its trace is its correlation id, and the same cause gives the same text
 * (invariant 4). Not sampled: nobody has recorded what it names as parent.
 */
export const derivedTraceparent = (correlationId: string, cause: string): string => {
  const trace = hexOf(correlationId)
  const span = (cause === correlationId ? trace : hexOf(cause)).slice(-16)
  return `00-${trace}-${/^[0-9a-f]{16}$/.test(span) && !/^0+$/.test(span) ? span : '0000000000000001'}-00`
}

const hexOf = (id: string): string => id.replaceAll('-', '').toLowerCase()

export interface SpanEnd {
  /** A better name, where it is only known afterwards. */
  readonly name?: string
  readonly attributes?: Readonly<Record<string, string | number | undefined>>
  readonly error?: string | undefined
}

/** A piece of work that is being measured. */
export interface Span {
  /** What goes along to everything that this piece of work causes. */
  readonly traceparent: string
  end(end?: SpanEnd): void
}

export interface SpanStart {
  readonly kind: 'server' | 'client' | 'consumer' | 'producer'
  readonly correlationId: string
  /** The trace context that came in, if a valid one did. */
  readonly parent: string | undefined
  /** Milliseconds since 1970, where the work began before; default now. */
  readonly at?: number
}

export interface Tracer {
  start(name: string, span: SpanStart): Span
  /** Sends what is still to be sent. */
  stop(): Promise<void>
}

/** Records nothing: what came in goes along as it is. */
export const noTracer: Tracer = {
  start: (_, { parent, correlationId }) => ({
    traceparent: validTraceparent(parent) ?? derivedTraceparent(correlationId, correlationId),
    end() {},
  }),
  stop: async () => {},
}
