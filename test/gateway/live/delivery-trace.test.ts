import { expect, test } from 'bun:test'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { createDeliveryTrace } from '../../../gateway/live/delivery-trace.ts'
import { createOtlpTracer } from '../../../shared/telemetry/otlp.ts'
import { snapshotAt } from './support.ts'

const CORRELATION = '0af76519-16cd-43dd-8448-eb211c80319c'
const REVISION = 1_795_496_612_641_301
const parent = (trace: string, span: string) => `00-${trace.repeat(32)}-${span.repeat(16)}-01`
const cause = (traceparent: string) => ({ correlationId: CORRELATION, traceparent })

const recording = (now = REVISION / 1_000 + 250) => {
  const finished: ReadableSpan[] = []
  const tracer = createOtlpTracer({
    ...{ service: 'gateway', version: '1', environment: 'test', share: 0, endpoint: 'http://nowhere.invalid' },
    exporter: {
      export(spans, done) {
        finished.push(...spans)
        done({ code: 0 })
      },
      shutdown: async () => {},
    },
  })
  const delivered = createDeliveryTrace(tracer, () => now)
  return { finished, tracer, delivered }
}

test('a change that reached a stream is a span below what caused it, from the change on', async () => {
  const { finished, tracer, delivered } = recording()
  delivered({ ...snapshotAt('b', REVISION), causes: [cause(parent('a', '1'))] }, 'sse')
  await tracer.stop()
  const [span] = finished
  expect(span?.name).toBe('deliver snapshot')
  expect(span?.spanContext().traceId).toBe('a'.repeat(32))
  expect(span?.parentSpanContext?.spanId).toBe('1'.repeat(16))
  expect(span?.attributes).toEqual({
    'baton.correlation_id': CORRELATION,
    'baton.transport': 'sse',
    'baton.revision': REVISION,
  })
  expect(span?.startTime[0]).toBe(Math.floor(REVISION / 1_000_000))
})

test('changes of several traces in one snapshot end each of them, once', async () => {
  const { finished, tracer, delivered } = recording()
  const causes = [cause(parent('a', '1')), cause(parent('b', '2')), cause(parent('a', '3'))]
  delivered({ ...snapshotAt('b', REVISION), causes }, 'websocket')
  await tracer.stop()
  const parents = finished.map((span) => `${span.spanContext().traceId[0]} below ${span.parentSpanContext?.spanId[0]}`)
  expect(parents).toEqual(['a below 3', 'b below 2'])
})

test("a store's clock that is ahead gives no span that ends before it begins", async () => {
  const { finished, tracer, delivered } = recording(REVISION / 1_000 - 60_000)
  delivered({ ...snapshotAt('b', REVISION), causes: [cause(parent('a', '1'))] }, 'sse')
  await tracer.stop()
  expect(finished[0]?.startTime[0]).toBe(Math.floor(REVISION / 1_000_000) - 60)
})
