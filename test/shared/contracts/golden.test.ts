import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { PipelineExecutionStatus } from '../../../shared/contracts/enums.ts'
import { Envelope, envelopeOf } from '../../../shared/contracts/envelope.ts'
import { DefineRequest } from '../../../shared/contracts/http/conductor.ts'
import { BatchPipelineRequest } from '../../../shared/contracts/http/pipeline-request.ts'
import { BatchRegistrationRequestV1 } from '../../../shared/contracts/http/registration.ts'
import { receive } from '../../../shared/contracts/receive.ts'
import { batchIdOf, eventTypeOf, MODELS } from '../../../shared/contracts/registry.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { recordOf } from './records.ts'
import { goldenFiles, goldenSamples, readGolden } from './samples.ts'

const samples = goldenSamples()

const modelByName = new Map<string, z.ZodType>([
  ...samples.map(({ model, topic }) => [model, MODELS[topic]] as const),
  ['EventEnvelope', Envelope],
  ['BatchPipelineRequest', BatchPipelineRequest],
  ['BCSPipelineDefinitionRequestV1', DefineRequest],
  ['BatchRegistrationRequestV1', BatchRegistrationRequestV1],
])

const schemaOf = (model: string): z.ZodType => {
  const schema = modelByName.get(model)
  if (!schema) throw new Error(`no schema for ${model}`)
  return schema
}

describe('a message of the original is read and written as the same JSON', () => {
  for (const { model, topic, name, envelope } of samples)
    test(`${model}: ${name}`, () => {
      expect(JSON.parse(JSON.stringify(envelopeOf(MODELS[topic]).parse(envelope)))).toEqual(envelope)
      const { data } = receive(recordOf(topic, envelope)).envelope
      expect(JSON.parse(JSON.stringify(data))).toEqual(envelope['data'])
    })
})

test('the event type is the one that the original writes', () => {
  const wrong = samples.filter(({ topic, envelope }) => eventTypeOf(topic) !== envelope['event_type'])
  expect(wrong.map(({ model, name }) => `${model}: ${name}`)).toEqual([])
})

test('every message of the original names its batch where we look for it', () => {
  const BATCH = '95766f96-3055-4e73-9cb2-184a0f9a86b7'
  const found = samples.map(({ model, topic, name, envelope }) => {
    const data = MODELS[topic].parse(envelope['data'])
    return `${model}: ${name}: ${batchIdOf(topic, data)}`
  })
  expect(found).toEqual(samples.map(({ model, name }) => `${model}: ${name}: ${BATCH}`))
})

test('every topic of the original has a message here', () => {
  const missing = Object.values(TOPICS).filter((topic) => !samples.some((sample) => sample.topic === topic))
  expect(missing).toEqual([TOPICS.runChanged, TOPICS.phaseMarked, TOPICS.deadLetterDecided, TOPICS.phasePauseChanged])
})

/** What the original refuses and Baton accepts, on purpose. */
const ACCEPTED_ON_PURPOSE = new Map([
  ['gateway_unknown_pipeline.json', 'comprehensive can be requested, and the catalog decides which names there are'],
])
/** What is not on our wire. */
const NOT_OURS = new Map([
  ['pipeline_config_step_without_name.json', "the original's pipeline file; ours has a format of its own"],
])
const Refused = z.object({ why: z.string(), model: z.string(), payload: z.unknown() })

describe('what the original refuses', () => {
  for (const file of goldenFiles('invalid').filter((name) => !NOT_OURS.has(name))) {
    const { why, model, payload } = Refused.parse(readGolden('invalid', file))
    const because = ACCEPTED_ON_PURPOSE.get(file)
    test(because === undefined ? `is refused: ${why}` : `is accepted, since ${because}: ${why}`, () => {
      expect(schemaOf(model).safeParse(payload).success).toBe(because !== undefined)
    })
  }

  test('is here for every exception that is named', () => {
    expect(goldenFiles('invalid')).toEqual(expect.arrayContaining([...ACCEPTED_ON_PURPOSE.keys(), ...NOT_OURS.keys()]))
  })
})

describe('another spelling comes out as the original writes it', () => {
  const Coercions = z.array(z.object({ name: z.string(), model: z.string(), input: z.unknown(), output: z.unknown() }))
  for (const { name, model, input, output } of Coercions.parse(readGolden('extra', 'coercions.json')))
    test(name, () => {
      expect(schemaOf(model).parse(input)).toEqual(output)
    })
})

describe('the exact bytes of the original are read', () => {
  const Messages = z.array(z.object({ envelope_type: z.string(), value_utf8: z.string() })).min(1)
  for (const { envelope_type, value_utf8 } of Messages.parse(readGolden('extra', 'wire_bytes.json')))
    test(envelope_type, () => {
      const { event_type, event_id } = Envelope.parse(JSON.parse(value_utf8))
      const topic = samples.find((sample) => sample.envelope['event_type'] === event_type)?.topic ?? ''
      expect<string>(receive(recordOf(topic, new TextEncoder().encode(value_utf8))).envelope.event_id).toBe(event_id)
    })
})

test("every status in the original's pipeline state is known", () => {
  const State = z.object({ body: z.object({ pipeline_state: z.record(z.string(), z.unknown()) }) })
  const statuses = Object.values(State.parse(readGolden('extra', 'pipeline_state.json')).body.pipeline_state)
    .map((phase) => z.object({ status: z.string() }).safeParse(phase).data?.status)
    .filter((status) => status !== undefined)
  expect(statuses.length).toBeGreaterThan(0)
  expect(PipelineExecutionStatus.options).toEqual(expect.arrayContaining(statuses))
})

test('no file here is left out of these tests', () => {
  expect([...goldenFiles('extra')].sort()).toEqual(['coercions.json', 'pipeline_state.json', 'wire_bytes.json'])
})
