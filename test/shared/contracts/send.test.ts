import { describe, expect, test } from 'bun:test'
import { receiveAs } from '../../../shared/contracts/receive.ts'
import { messageOf, type Sending } from '../../../shared/contracts/send.ts'
import { SENDERS } from '../../../shared/contracts/senders.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId, correlationId, derivedId, eventId } from '../../../shared/ids.ts'
import { recordOf } from './records.ts'
import { goldenSamples } from './samples.ts'

const AT = Date.parse('2026-02-03T08:15:30.007Z')
const id = eventId(derivedId('event'))
const correlation = correlationId(derivedId('correlation'))

const command: Sending<typeof TOPICS.spellcheckCommand> = {
  topic: TOPICS.spellcheckCommand,
  batchId: batchId('b-1'),
  eventId: id,
  correlationId: correlation,
  source: SENDERS.orchestratorCommand,
  at: AT,
  data: {
    entity_id: 'b-1',
    entity_type: 'batch',
    language: 'en',
    essays_to_process: [{ essay_id: 'e-1', text_storage_id: 't-1' }],
  },
}

const bodyOf = (value: string | Uint8Array): unknown => JSON.parse(String(value))

test('a message has every field of the contract, and null where nothing was given', () => {
  const { value, ...rest } = messageOf(command)
  expect(bodyOf(value)).toEqual({
    event_id: id,
    event_type: TOPICS.spellcheckCommand,
    event_timestamp: '2026-02-03T08:15:30.007000Z',
    source_service: 'batch-orchestrator-service',
    schema_version: 1,
    correlation_id: correlation,
    data_schema_uri: null,
    data: {
      event_name: 'batch.spellcheck.initiate.command',
      entity_id: 'b-1',
      entity_type: 'batch',
      parent_id: null,
      timestamp: '2026-02-03T08:15:30.007000Z',
      language: 'en',
      essays_to_process: [{ essay_id: 'e-1', text_storage_id: 't-1', spellcheck_metrics: null }],
    },
    metadata: null,
  })
  expect(rest).toEqual({
    topic: TOPICS.spellcheckCommand,
    key: 'b-1',
    headers: {
      event_id: id,
      event_type: TOPICS.spellcheckCommand,
      trace_id: correlation,
      source_service: 'batch-orchestrator-service',
    },
  })
})

test('the same arguments give the same bytes', () => {
  expect(messageOf(command)).toEqual(messageOf(command))
})

test('a trace goes into the headers and the metadata, beside what is there', () => {
  const { headers, value } = messageOf({ ...command, metadata: { user_id: 'u' }, traceparent: '00-a-b-01' })
  expect(headers['traceparent']).toBe('00-a-b-01')
  expect(bodyOf(value)).toHaveProperty('metadata', { user_id: 'u', traceparent: '00-a-b-01' })
})

test('what the model refuses does not leave', () => {
  const wrong = { ...command.data, essays_to_process: [{ essay_id: '', text_storage_id: '' }], event_name: undefined }
  expect(() => messageOf({ ...command, data: { ...wrong, language: JSON.parse('7') } })).toThrow('language')
})

describe('the event type is the topic, but for two', () => {
  for (const { topic, envelope, model, name } of goldenSamples())
    test(`${model}: ${name}`, () => {
      const data = receiveAs(topic, recordOf(topic, envelope)).envelope.data
      const message = messageOf({ ...command, topic, data })
      expect(message.headers['event_type']).toBe(String(envelope['event_type']))
      expect(receiveAs(topic, recordOf(topic, bodyOf(message.value))).envelope.data).toEqual(data)
    })
})
