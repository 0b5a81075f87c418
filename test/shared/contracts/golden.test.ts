import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BatchServiceSpellcheckInitiateCommandDataV1 } from '../../../shared/contracts/commands/spellcheck-initiate.ts'
import { Envelope } from '../../../shared/contracts/envelope.ts'
import { DefineRequest } from '../../../shared/contracts/http/conductor.ts'
import { BatchPipelineRequest } from '../../../shared/contracts/http/pipeline-request.ts'
import { BatchRegistrationRequestV1 } from '../../../shared/contracts/http/registration.ts'
import { eventTypeOf, isTopic, MODELS } from '../../../shared/contracts/registry.ts'

/** Real messages from the original's own models (see test/golden). */
const folder = join(import.meta.dir, '../../golden')
const filesIn = (name: string) => readdirSync(join(folder, name)).filter((file) => file.endsWith('.json'))
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder, ...path), 'utf8'))

const Samples = z.object({
  model: z.string(),
  topic: z.string().optional(),
  event_type: z.string().optional(),
  samples: z.array(z.object({ name: z.string(), envelope: z.record(z.string(), z.unknown()) })),
})

const TOPIC_OF_MODEL: Record<string, string> = { AIFeedbackResultDataV1: 'huleedu.essay.aifeedback.completed.v1' }

const modelByName = new Map<string, z.ZodType>([
  ['EventEnvelope', Envelope],
  ['BatchPipelineRequest', BatchPipelineRequest],
  ['BCSPipelineDefinitionRequestV1', DefineRequest],
  ['BatchRegistrationRequestV1', BatchRegistrationRequestV1],
])

for (const file of filesIn('.')) {
  const { model, topic: named, event_type, samples } = Samples.parse(read(file))
  const topic = named ?? TOPIC_OF_MODEL[model] ?? ''
  describe(`${model} on ${topic}`, () => {
    test('has a model and the event type that the original writes', () => {
      expect(isTopic(topic)).toBe(true)
      if (event_type !== undefined && isTopic(topic)) expect(eventTypeOf(topic)).toBe(event_type)
    })
    for (const { name, envelope } of samples) {
      test(`the sample ${name} is read and written as the same JSON`, () => {
        if (!isTopic(topic)) throw new Error(`no model for ${topic}`)
        const read = Envelope.parse(envelope)
        const data = MODELS[topic].parse(read.data)
        expect(JSON.parse(JSON.stringify({ ...read, data }))).toEqual(envelope)
      })
    }
  })
  if (isTopic(topic)) modelByName.set(model, MODELS[topic])
}

/** What the original refuses and Baton accepts, on purpose. */
const ACCEPTED_ON_PURPOSE: Record<string, string> = {
  'gateway_unknown_pipeline.json':
    'comprehensive can be requested; which names there are is checked against the catalog',
}
/** What is not on our wire. */
const NOT_OURS: Record<string, string> = {
  'pipeline_config_step_without_name.json': "the original's pipeline file; ours has a format of its own",
}

describe('what the original refuses is refused', () => {
  for (const file of filesIn('invalid')) {
    if (file in NOT_OURS) continue
    const { why, model, payload } = z
      .object({ why: z.string(), model: z.string(), payload: z.unknown() })
      .parse(read('invalid', file))
    const accepted = ACCEPTED_ON_PURPOSE[file]
    test(accepted === undefined ? why : `${why}: accepted, since ${accepted}`, () => {
      const schema = modelByName.get(model)
      if (!schema) throw new Error(`no schema for ${model}`)
      expect(schema.safeParse(payload).success).toBe(accepted !== undefined)
    })
  }
})

describe('other spellings come out as the original writes them', () => {
  const cases = z
    .array(z.object({ name: z.string(), model: z.string(), input: z.unknown(), output: z.unknown() }))
    .parse(read('extra', 'coercions.json'))
  for (const { name, model, input, output } of cases) {
    test(name, () => {
      expect<unknown>(modelByName.get(model)?.parse(input)).toEqual(output)
    })
  }
})

test('the exact bytes of the original are read', () => {
  const messages = z.array(z.object({ value_utf8: z.string() })).parse(read('extra', 'wire_bytes.json'))
  for (const { value_utf8 } of messages) expect(Envelope.safeParse(JSON.parse(value_utf8)).success).toBe(true)
  expect(messages.length).toBeGreaterThan(0)
})

test('a command with its own event name is read, with another it is not', () => {
  const command = { event_name: 'batch.spellcheck.initiate.command', essays_to_process: [], language: 'en' }
  expect(BatchServiceSpellcheckInitiateCommandDataV1.safeParse(command).success).toBe(true)
  expect(BatchServiceSpellcheckInitiateCommandDataV1.safeParse({ ...command, event_name: 'x' }).success).toBe(false)
})
