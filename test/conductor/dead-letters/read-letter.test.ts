import { expect, test } from 'bun:test'
import { baseOf, readLetter, UNREADABLE } from '../../../conductor/dead-letters/read-letter.ts'
import { resolutionFailed } from '../../../conductor/dead-letters/resolution-failed.ts'
import { DEAD_LETTER_BASES, dlqOf, RESOLUTION, TOPICS } from '../../../shared/contracts/topics.ts'
import { derivedId } from '../../../shared/ids.ts'
import { DeadLetter } from '../../../shared/log/dead-letter.ts'
import type { LogRecord } from '../../../shared/log/port.ts'
import { REDRIVEN_FROM } from '../../../shared/log/redriven.ts'
import { AT, buried, deadRecord } from './support.ts'

const TOPIC = TOPICS.phaseOutcome
const raw = (value: string | null, over: Partial<LogRecord> = {}): LogRecord => ({
  ...deadRecord(dlqOf(TOPIC), 7, value ?? ''),
  ...(value === null ? { value: null } : {}),
  headers: {},
  ...over,
})

test('a letter of ours is found by topic, reason, batch, correlation id and type', () => {
  const envelope = { event_id: 'x', event_type: TOPIC, correlation_id: 'c-1', data: { batch_id: 'b-7' } }
  expect(buried(deadRecord(TOPIC, 4, JSON.stringify(envelope)), 'data_invalid', 'no phase').head).toEqual({
    id: derivedId('dead_letter', TOPIC, 3, 4),
    topic: TOPIC,
    reason: 'data_invalid',
    error: 'no phase',
    service: 'test_service',
    batchId: 'b-7',
    correlationId: 'c-1',
    eventType: TOPIC,
    at: AT + 4,
    redrivable: true,
    wasRedriven: false,
  })
})

test('where the data cannot be read the key speaks for the batch', () => {
  expect(buried(deadRecord(TOPIC, 1, 'no json')).head).toMatchObject({ batchId: 'b-1', correlationId: null })
  expect(buried(deadRecord(TOPIC, 1, 'no json', { key: null })).head.batchId).toBeNull()
})

test('a record that died again after a redrive says so', () => {
  const again = deadRecord(TOPIC, 9, 'no json', { headers: { [REDRIVEN_FROM]: '3|4|5' } })
  expect(buried(again).head.wasRedriven).toBe(true)
})

test("a letter of another service, with the original's fields alone, is kept but cannot be redriven", () => {
  const theirs = {
    schema_version: 1,
    failed_event_envelope: { event_type: 'x', correlation_id: 'c-2', data: { batch_id: 'b-2' } },
    dlq_reason: 'some_reason',
    timestamp: '2026-02-03T08:15:30+00:00',
    service: 'another_service',
  }
  const { head, body } = readLetter(raw(JSON.stringify(theirs)))
  expect(head).toMatchObject({ batchId: 'b-2', reason: 'some_reason', service: 'another_service', redrivable: false })
  expect(head.id).toBe(derivedId('dead_letter', dlqOf(TOPIC), 3, 7))
  expect(JSON.parse(body)).toEqual(theirs)
})

test.each([['nonsense'], ['[]'], ['{"dlq_reason": 1}'], [null]])(
  'what is no dead letter (%p) is kept with its bytes',
  (value) => {
    const { head, body } = readLetter(raw(value))
    expect(head).toMatchObject({ reason: UNREADABLE, redrivable: false, topic: TOPIC })
    const bytes = DeadLetter.parse(JSON.parse(body)).raw ?? null
    expect(bytes === null ? null : Buffer.from(bytes, 'base64').toString()).toBe(value)
  },
)

test("a letter whose source is another topic is not sent there: that is not this topic's to decide", () => {
  const elsewhere = deadRecord('somewhere.else', 1, 'x')
  const letter = buried(elsewhere)
  const record = raw(letter.body)
  expect(readLetter(record).head.redrivable).toBe(false)
})

test('a failed resolution has the synthetic envelope of the original, and the same failure is the same letter', () => {
  const failed = {
    batchId: 'b-1',
    requestedPipeline: 'none',
    correlationId: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
    reason: 'unknown_pipeline',
    detail: "There is no pipeline or phase 'none'.",
    at: AT,
  }
  const message = resolutionFailed(failed)
  expect(message).toMatchObject({ topic: 'huleedu.pipelines.resolution.DLQ', key: 'b-1' })
  const subject = { batch_id: 'b-1', requested_pipeline: 'none' }
  const error_details = { error_code: 'unknown_pipeline', message: failed.detail }
  expect(JSON.parse(String(message.value))).toMatchObject({
    schema_version: 1,
    failed_event_envelope: {
      event_type: 'huleedu.batch.pipeline.resolution.failed.v1',
      source_service: 'batch_conductor_service',
      correlation_id: failed.correlationId,
      data: { ...subject, failure_reason: 'unknown_pipeline', error_details },
    },
    dlq_reason: 'critical_resolution_failure',
    timestamp: new Date(AT).toISOString().replace('Z', '000+00:00'),
    service: 'batch_conductor_service',
    additional_metadata: { ...subject, error_details },
  })
  expect(resolutionFailed({ ...failed, at: AT + 1 }).headers).toEqual(message.headers)
  expect(DEAD_LETTER_BASES).toContain(baseOf(dlqOf(RESOLUTION)))
})
