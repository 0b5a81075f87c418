import { expect, test } from 'bun:test'
import { createWitness } from '../../../shared/log/witness.ts'
import type { SpanEnd, SpanStart, Tracer } from '../../../shared/telemetry/trace.ts'
import { recordingLogger } from '../../support/silent.ts'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const record = {
  ...{ topic: 't', partition: 3, offset: 17, timestamp: 1_000 },
  key: new TextEncoder().encode('b-1'),
  value: null,
  headers: { event_id: 'e', event_type: 'x', trace_id: 'c', traceparent: TRACEPARENT },
}

test('every record that was consumed has one wide line', () => {
  const logger = recordingLogger()
  const witness = createWitness({ logger, clock: () => 1_250 })
  witness(record, { outcome: 'applied', startedAt: 1_200, together: 5 })
  witness({ ...record, key: null, headers: {} }, { outcome: 'dead_letter', reason: 'not_json', startedAt: 1_200 })
  expect(logger.lines.map(({ message }) => message)).toEqual(['consumed', 'consumed'])
  expect(logger.lines[0]?.fields).toEqual({
    ...{ topic: 't', partition: 3, offset: 17, batch_id: 'b-1', event_id: 'e', event_type: 'x', correlation_id: 'c' },
    ...{ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', outcome: 'applied', together: 5, ms: 50, age_ms: 250 },
  })
  expect(logger.lines[1]?.fields).toMatchObject({ batch_id: null, outcome: 'dead_letter', reason: 'not_json' })
})

test('where spans are recorded, it has one in the trace that it belongs to', () => {
  const spans: { name: string; start: SpanStart; end: SpanEnd | undefined }[] = []
  const tracer: Tracer = {
    start: (name, start) => ({ traceparent: '', end: (end) => void spans.push({ name, start, end }) }),
    stop: async () => {},
  }
  const witness = createWitness({ logger: recordingLogger(), clock: () => 1_250, tracer })
  witness(record, { outcome: 'dead_letter', reason: 'handler_failed', startedAt: 1_200 })
  expect(spans).toEqual([
    {
      name: 'process t',
      start: { kind: 'consumer', correlationId: 'c', parent: TRACEPARENT, at: 1_200 },
      end: expect.objectContaining({ error: 'handler_failed' }),
    },
  ])
})
