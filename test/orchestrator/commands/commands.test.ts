import { describe, expect, test } from 'bun:test'
import { commandContext } from '../../../orchestrator/commands/context.ts'
import { commandBuilders } from '../../../orchestrator/commands/index.ts'
import { newBook } from '../../../orchestrator/runs/model/book.ts'
import type { OutboxEntry } from '../../../orchestrator/runs/model/outbox-entry.ts'
import { CatalogError, catalogOf } from '../../../shared/pipelines/load.ts'
import { CAUSE, CORRELATION, catalog, json, messageText, NOW, read, registration } from '../support.ts'

const REFERENCE = { references: { student_prompt_text: { storage_id: 'prompt-1', path: '' } } }

const contextOf = (phase: string, over: { readonly registration?: object; readonly message?: object } = {}) => {
  const book = { ...newBook('b-1'), user_id: 'ada', org_id: 'school-1', registration: registration(over.registration) }
  const entry: Extract<OutboxEntry, { kind: 'command' }> = {
    kind: 'command',
    seq: 3,
    at: NOW,
    cause: CAUSE,
    correlation_id: CORRELATION,
    run_id: 'run-1',
    phase,
    attempt: 1,
    essays: [
      ['e1', 'text-1'],
      ['e2', 'text-2'],
    ],
    message: messageText(over.message),
  }
  return commandContext(book, entry)
}

const build = (phase: string, over: Parameters<typeof contextOf>[1] = {}) => {
  const builder = commandBuilders(catalog).get(phase)
  if (!builder) throw new Error(`no builder for ${phase}`)
  return builder(contextOf(phase, over))
}

/** What all commands say alike (contracts, section 5.6). */
const common = (name: string) => ({
  event_name: name,
  entity_id: 'b-1',
  entity_type: 'batch',
  parent_id: null,
  timestamp: '2026-11-24T05:03:32.641000Z',
  essays_to_process: [
    { essay_id: 'e1', text_storage_id: 'text-1', spellcheck_metrics: null },
    { essay_id: 'e2', text_storage_id: 'text-2', spellcheck_metrics: null },
  ],
})

describe('the data of each command is what the contract says', () => {
  test('spellcheck', () => {
    expect(json(build('spellcheck')).data).toEqual({ ...common('batch.spellcheck.initiate.command'), language: 'en' })
  })

  test('language analysis', () => {
    const prompt_payload = { assignment_id: null, cms_prompt_ref: REFERENCE }
    expect(json(build('nlp', { message: { prompt_payload } })).data).toEqual({
      ...common('batch.nlp.initiate.command.v2'),
      language: 'en',
      student_prompt_ref: REFERENCE,
    })
  })

  test('feedback', () => {
    expect(json(build('ai_feedback')).data).toEqual({
      ...common('batch.ai_feedback.initiate.command'),
      language: 'en',
      course_code: 'ENG6',
      student_prompt_ref: null,
      class_type: 'GUEST',
      owner_user_id: 'ada',
    })
  })

  test('comparative judgement, of a class in Swedish', () => {
    const over = { registration: { course_code: 'SV2', class_id: 'class-1', student_prompt_ref: REFERENCE } }
    expect(json(build('cj_assessment', over)).data).toEqual({
      ...common('batch.cj_assessment.initiate.command'),
      language: 'sv',
      course_code: 'SV2',
      student_prompt_ref: REFERENCE,
      class_type: 'REGULAR',
      assignment_id: 'a-1',
    })
  })
})

test('every phase of the catalog has a command, on its topic, keyed by batch, from one sender, with its owner', () => {
  for (const { name, command } of catalog.phases.values()) {
    const message = build(name)
    expect(message).toMatchObject({ topic: command.topic, key: 'b-1' })
    expect(read(message).envelope).toMatchObject({
      event_type: command.topic,
      source_service: 'batch-orchestrator-service',
      correlation_id: CORRELATION,
      metadata: { user_id: 'ada', org_id: 'school-1' },
    })
  }
})

test('the id derives from cause, phase and attempt', () => {
  const ids = ['spellcheck', 'spellcheck', 'nlp'].map((phase) => json(build(phase)).event_id)
  expect(ids[0]).toBe(ids[1])
  expect(ids[2]).not.toBe(ids[0])
  const context = contextOf('spellcheck')
  expect(String(context.envelope.eventId)).toBe(ids[0])
})

describe('a phase whose command cannot be built stops the start, naming the file', () => {
  const phases = (model: string, topic: string, name = 'spellcheck') => `
${name}:
  command: { topic: ${topic}, model: ${model} }
  depends_on: []
  scope: essay
  needs_prompt: false
  timeout: 1m
`
  const problemsOf = (text: string): readonly string[] => {
    try {
      commandBuilders(catalogOf(new Map([['phases.yaml', text]])))
      return []
    } catch (thrown) {
      if (!(thrown instanceof CatalogError)) throw thrown
      return thrown.problems
    }
  }

  test('an unknown model', () => {
    expect(problemsOf(phases('NoSuchCommandV1', 'any.topic'))).toEqual([
      'phases.yaml: spellcheck: there is no command NoSuchCommandV1',
    ])
  })

  test('a phase that no outcome can name', () => {
    const text = phases(
      'BatchServiceSpellcheckInitiateCommandDataV1',
      'huleedu.els.spellcheck.initiate.command.v1',
      'proofreading',
    )
    expect(problemsOf(text)).toEqual([
      'phases.yaml: proofreading: no outcome can name it, since it is no PhaseName (shared/contracts/enums.ts)',
    ])
  })

  test('a topic that is not the model’s', () => {
    expect(problemsOf(phases('BatchServiceSpellcheckInitiateCommandDataV1', 'any.topic'))).toEqual([
      'phases.yaml: spellcheck: BatchServiceSpellcheckInitiateCommandDataV1 goes to huleedu.els.spellcheck.initiate.command.v1',
    ])
  })
})
