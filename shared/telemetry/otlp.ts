import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import { normalizeUuid } from '../ids.ts'
import { parseTraceparent, type SpanStart, type Tracer } from './trace.ts'

export interface OtlpOptions {
  readonly service: string
  readonly version: string
  readonly environment: string
  /** Where a collector listens for OTLP over HTTP, without `/v1/traces`. */
  readonly endpoint: string
  /** The share of traces that begin here and are recorded, 0 to 1; a trace that came in sampled always is. */
  readonly share: number
  /** For tests. */
  readonly exporter?: SpanExporter
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
} as const

/**
 * Records spans and sends them in batches. Loaded only when it is asked for. A trace that begins here has the correlation
 * id as its id, so that a log line leads to its trace without a search.
 */
export const createOtlpTracer = (options: OtlpOptions): Tracer => {
  const random = new RandomIdGenerator()
  let nextTraceId: string | undefined
  const exporter =
    options.exporter ?? new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': `baton-${options.service}`,
      'service.version': options.version,
      'deployment.environment.name': options.environment,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.share) }),
    idGenerator: {
      generateTraceId: () => nextTraceId ?? random.generateTraceId(),
      generateSpanId: () => random.generateSpanId(),
    },
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('baton')

  const parentOf = ({ parent }: SpanStart) => {
    const remote = parseTraceparent(parent)
    if (!remote) return ROOT_CONTEXT
    const { traceId, spanId, sampled } = remote
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
  }

  return {
    start(name, start) {
      nextTraceId = normalizeUuid(start.correlationId)?.replaceAll('-', '')
      const began = start.at === undefined ? {} : { startTime: start.at }
      const attributes = { 'baton.correlation_id': start.correlationId }
      const span = tracer.startSpan(name, { kind: KINDS[start.kind], attributes, ...began }, parentOf(start))
      const { traceId, spanId, traceFlags } = span.spanContext()
      return {
        traceparent: `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`,
        end({ name: better, attributes: more = {}, error } = {}) {
          if (better !== undefined) span.updateName(better)
          for (const [key, value] of Object.entries(more)) if (value !== undefined) span.setAttribute(key, value)
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
          span.end()
        },
      }
    },
    stop: () => provider.shutdown(),
  }
}
