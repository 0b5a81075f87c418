import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isTombstone, receive, receiveAs } from '../../../shared/contracts/receive.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { MalformedError } from '../../../shared/errors.ts'
import { derivedId } from '../../../shared/ids.ts'
import { RECORD_TIME, recordOf } from './records.ts'
import { goldenSamples } from './samples.ts'

const TOPIC = TOPICS.phaseOutcome
const data = {
  batch_id: 'b-1',
  phase_name: 'nlp',
  phase_status: 'completed_successfully',
  processed_essays: [{ essay_id: 'e-1', text_storage_id: 't-1' }],
  failed_essay_ids: [],
}
const envelope = {
  event_id: '1C6AFCBD5E9F484EA8357055C3F6AD3C',
  event_type: TOPIC,
  event_timestamp: '2026-02-03T08:15:30.000001Z',
  source_service: 'essay-lifecycle-service',
  correlation_id: '6df40117-c21a-4b77-9bee-d4b0ba2c908f',
  data,
}
const without = (field: keyof typeof envelope) => {
  const { [field]: _, ...rest } = envelope
  return rest
}

const refusal = (value: unknown): MalformedError => {
  try {
    receive(recordOf(TOPIC, value))
  } catch (thrown) {
    if (thrown instanceof MalformedError) return thrown
    throw thrown
  }
  throw new Error('it was accepted')
}

test('a record is read whole: envelope, data, place, headers, batch and time', () => {
  const received = receive(recordOf(TOPIC, envelope, { headers: { traceparent: '00-x' } }))
  if (received.topic !== TOPIC) throw new Error(received.topic)
  expect(received.envelope.data.processed_essays).toEqual([
    { essay_id: 'e-1', text_storage_id: 't-1', spellcheck_metrics: null },
  ])
  expect(String(received.envelope.event_id)).toBe('1c6afcbd-5e9f-484e-a835-7055c3f6ad3c')
  expect(received.envelope.metadata).toBeNull()
  expect(received.position).toEqual({ topic: TOPIC, partition: 3, offset: 41 })
  expect(received.headers).toEqual({ traceparent: '00-x' })
  expect(String(received.batchId)).toBe('b-1')
  expect(received.at).toBe(Date.parse('2026-02-03T08:15:30Z') * 1_000 + 1)
})

test('a record of a topic under another name is read by the model that is asked for', () => {
  const received = receiveAs(TOPIC, recordOf(`test-${TOPIC}`, envelope))
  expect(received.envelope.data.phase_name).toBe('nlp')
  expect(received.position.topic).toBe(`test-${TOPIC}`)
})

test('a topic without a model is not a fault of the record', () => {
  expect(() => receive(recordOf('huleedu.elsewhere', envelope))).toThrow('no model is registered')
  expect(() => receive(recordOf('huleedu.elsewhere', envelope))).not.toThrow(MalformedError)
})

describe('a malformed record says what is wrong and where', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const badUtf8 = new Uint8Array([...bytes('{"event_type":"'), 0xc3, 0x28, ...bytes('"}')])

  test('no value, no JSON and bad UTF-8 are not_json, and the next good record is read', () => {
    for (const value of [null, bytes(''), bytes('{'), badUtf8]) expect(refusal(value).reason).toBe('not_json')
    expect(receive(recordOf(TOPIC, envelope)).topic).toBe(TOPIC)
  })

  test('JSON nested beyond all measure is not_json', () => {
    expect(refusal(bytes('['.repeat(1_000_000))).reason).toBe('not_json')
  })

  test('an envelope that breaks its schema is envelope_invalid', () => {
    for (const value of [[], 'x', 7, without('data'), { ...envelope, correlation_id: null }])
      expect(refusal(value).reason).toBe('envelope_invalid')
    expect(refusal({ ...envelope, event_id: 'x', metadata: [] }).message).toMatch(/^\/event_id: .+; \/metadata: .+/)
  })

  test('data that break the model of the topic are data_invalid', () => {
    const wrong = { ...data, phase_name: 'NLP', processed_essays: [{ essay_id: 'e' }] }
    const { reason, message } = refusal({ ...envelope, data: wrong })
    expect(reason).toBe('data_invalid')
    expect(message).toMatch(/\/data\/phase_name: .+; \/data\/processed_essays\/0\/text_storage_id: /)
    expect(refusal({ ...envelope, data: null }).message).toStartWith('/data: ')
  })

  test('a pointer is escaped, and a thousand faults fit in 500 characters', () => {
    const summary = { error_summary: { total_errors: 1, error_categories: { 'a/b~c': 'many' } } }
    const record = recordOf(TOPICS.validationErrors, { ...envelope, data: summary })
    expect(() => receive(record)).toThrow('/data/error_summary/error_categories/a~1b~0c: ')
    const many = { ...data, processed_essays: Array.from({ length: 1_000 }, () => ({})) }
    expect(refusal({ ...envelope, data: many }).message).toHaveLength(500)
  })

  test('a record without a value deletes its key on a compacted topic only', () => {
    expect(isTombstone(recordOf(TOPICS.runChanged, null))).toBe(true)
    expect(isTombstone(recordOf(TOPICS.runChanged, {}))).toBe(false)
    expect(isTombstone(recordOf(TOPIC, null))).toBe(false)
  })
})

describe('what a message leaves out comes from its record (invariant 4)', () => {
  test('a missing event id is derived from the place, and a missing correlation id is another', () => {
    const { event_id: _, correlation_id: __, ...rest } = envelope
    const read = (offset: number) => receive(recordOf(TOPIC, rest, { offset })).envelope
    expect<string>(read(41).event_id).toBe(derivedId(TOPIC, 3, 41))
    expect(read(41)).toEqual(read(41))
    expect(new Set([41, 42].flatMap((at) => [read(at).event_id, read(at).correlation_id])).size).toBe(4)
  })

  test('a missing time is the time of the record', () => {
    const { at, envelope: read } = receive(recordOf(TOPIC, without('event_timestamp')))
    expect({ at, text: read.event_timestamp }).toEqual({ at: RECORD_TIME * 1_000, text: '2026-02-03T08:16:00Z' })
  })

  test('a time of up to five minutes ahead stands, beyond that it is the time of the record', () => {
    const at = (event_timestamp: string) => receive(recordOf(TOPIC, { ...envelope, event_timestamp })).at
    expect(at('2026-02-03T08:21:00Z')).toBe((RECORD_TIME + 300_000) * 1_000)
    expect(at('2026-02-03T08:21:00.000001Z')).toBe(RECORD_TIME * 1_000)
    expect(at('2026-02-03T10:21:00.000001+02:00')).toBe(RECORD_TIME * 1_000)
    expect(at('2001-01-01T00:00:00Z')).toBe(Date.parse('2001-01-01T00:00:00Z') * 1_000)
  })

  test('a payload without its own correlation id or time has those of the envelope', () => {
    const outcome = receiveAs(TOPIC, recordOf(TOPIC, envelope))
    expect(outcome.envelope.data.correlation_id).toBe(envelope.correlation_id)
    const slot = { batch_id: 'b', essay_id: 'e', file_upload_id: 'f', text_storage_id: 't', original_file_name: 'n' }
    const assigned = receiveAs(TOPICS.slotAssigned, recordOf(TOPICS.slotAssigned, { ...envelope, data: slot }))
    expect(assigned.envelope.data.timestamp).toBe(envelope.event_timestamp)
  })

  test('what the model requires is not made up', () => {
    const thin = { entity_id: 'e', batch_id: 'b', status: 'completed', processing_duration_ms: 1 }
    const record = recordOf(TOPICS.spellcheckPhaseCompleted, { ...envelope, data: thin })
    expect(() => receive(record)).toThrow(/\/data\/correlation_id: .+; \/data\/timestamp: /)
  })
})

describe('whatever comes, it is read or malformed', () => {
  const topics = fc.constantFrom(...Object.values(TOPICS))
  /** Reads twice: the same result or the same refusal, and no other error than a refusal. */
  const readTwice = (topic: string, value: unknown): void => {
    const record = recordOf(topic, value)
    const [first, second] = [0, 1].map(() => {
      try {
        return receive(record)
      } catch (thrown) {
        if (thrown instanceof MalformedError) return thrown.message
        throw thrown
      }
    })
    expect(first).toEqual(second)
  }

  test('bytes', () => {
    fc.assert(fc.property(topics, fc.uint8Array({ maxLength: 200 }), readTwice))
  })

  test('JSON', () => {
    fc.assert(fc.property(topics, fc.jsonValue(), readTwice))
    fc.assert(fc.property(topics, fc.jsonValue(), (topic, value) => readTwice(topic, { ...envelope, data: value })))
  })

  test('a real message with one field changed or taken out', () => {
    const sample = fc.constantFrom(...goldenSamples())
    const change = fc.oneof(fc.jsonValue(), fc.constant(undefined))
    fc.assert(
      fc.property(sample, fc.nat(), change, ({ topic, envelope: whole }, at, value) => {
        let count = 0
        const changed = JSON.stringify(whole, (_key, old: unknown) => (count++ === at % 60 ? value : old)) ?? 'null'
        readTwice(topic, new TextEncoder().encode(changed))
      }),
      { numRuns: 1_000 },
    )
  })
})
