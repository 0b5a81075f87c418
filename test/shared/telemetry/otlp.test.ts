import { expect, test } from 'bun:test'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { createOtlpTracer } from '../../../shared/telemetry/otlp.ts'
import { parseTraceparent } from '../../../shared/telemetry/trace.ts'

const OPTIONS = { service: 'gateway', version: '1', environment: 'test', share: 1 }
const CORRELATION = '0af76519-16cd-43dd-8448-eb211c80319c'
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const recording = (share = 1) => {
  const finished: ReadableSpan[] = []
  const exporter: SpanExporter = {
    export(spans, done) {
      finished.push(...spans)
      done({ code: 0 })
    },
    shutdown: async () => {},
  }
  const tracer = createOtlpTracer({ ...OPTIONS, share, endpoint: 'http://nowhere.invalid', exporter })
  return { finished, tracer }
}

test('a trace that begins here has the correlation id as its id, and what it causes is told so', async () => {
  const { tracer } = recording()
  const span = tracer.start('GET', { kind: 'server', correlationId: CORRELATION, parent: undefined })
  const told = parseTraceparent(span.traceparent)
  expect(told).toMatchObject({ traceId: CORRELATION.replaceAll('-', ''), sampled: true })
  const other = tracer.start('GET', { kind: 'server', correlationId: 'not an id', parent: undefined })
  expect(parseTraceparent(other.traceparent)).toBeDefined()
  await tracer.stop()
})

test('a trace that comes in is continued, with a span of our own below its', async () => {
  const { tracer, finished } = recording(0)
  const span = tracer.start('GET', { kind: 'server', correlationId: CORRELATION, parent: PARENT })
  span.end({ name: 'GET /x', attributes: { 'http.response.status_code': 503, left: undefined }, error: 'away' })
  expect(span.traceparent).toStartWith('00-4bf92f3577b34da6a3ce929d0e0e4736-')
  expect(span.traceparent).not.toContain('00f067aa0ba902b7')
  await tracer.stop()
  const [one] = finished
  expect(one?.name).toBe('GET /x')
  expect(one?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7')
  expect(one?.attributes).toEqual({
    'baton.correlation_id': CORRELATION,
    'http.response.status_code': 503,
  })
  expect(one?.status.message).toBe('away')
})

test('of traces that begin here only the share is recorded', async () => {
  const { tracer } = recording(0)
  const span = tracer.start('GET', { kind: 'server', correlationId: CORRELATION, parent: undefined })
  expect(parseTraceparent(span.traceparent)?.sampled).toBe(false)
  await tracer.stop()
})

test('spans reach a collector as OTLP over HTTP, at the latest when the process stops', async () => {
  const bodies: string[] = []
  const collector = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      bodies.push(`${new URL(request.url).pathname} ${await request.text()}`)
      return Response.json({})
    },
  })
  const tracer = createOtlpTracer({ ...OPTIONS, endpoint: `http://127.0.0.1:${collector.port}` })
  tracer.start('POST', { kind: 'server', correlationId: CORRELATION, parent: PARENT }).end()
  await tracer.stop()
  await collector.stop(true)
  expect(bodies.join()).toStartWith('/v1/traces {')
  expect(bodies.join()).toContain('"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"')
  expect(bodies.join()).toContain('baton-gateway')
})
