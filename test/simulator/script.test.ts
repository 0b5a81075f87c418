import { describe, expect, test } from 'bun:test'
import { PhaseName } from '../../shared/contracts/enums.ts'
import { receive } from '../../shared/contracts/receive.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { CatalogError } from '../../shared/pipelines/load.ts'
import { createChance } from '../../simulator/chance.ts'
import type { SimulatorSettings } from '../../simulator/config.ts'
import { specialistsOf } from '../../simulator/specialists/index.ts'
import { createWorkshop } from '../../simulator/work.ts'
import { goldenSamples } from '../shared/contracts/samples.ts'
import {
  AT,
  catalog,
  command,
  matching,
  PHASES,
  performance,
  recordOf,
  registration,
  said,
  settings,
} from './support.ts'

/** All that is said to one message, with its times. */
const scriptOf = (message: OutgoingMessage, config?: SimulatorSettings) => [...performance(message, config).cues()]
const answerTo = (message: OutgoingMessage, config?: SimulatorSettings) =>
  scriptOf(message, config).map((cue) => cue.message())
const receiveAll = (messages: readonly OutgoingMessage[]) => messages.map((message) => receive(recordOf(message)))

const ESSAYS = ['anna', 'bo', 'cleo']

describe('a registration', () => {
  test('of a GUEST batch: every text is stored, then the content is provisioned', () => {
    const all = answerTo(registration('b-1', ESSAYS))
    expect(all.map(({ topic }) => topic)).toEqual([...ESSAYS.map(() => TOPICS.slotAssigned), TOPICS.contentProvisioned])
    const [provisioned] = said(all, TOPICS.contentProvisioned)
    expect(provisioned).toMatchObject({ batch_id: 'b-1', provisioned_count: 3, expected_count: 3, course_code: 'SV2' })
    const texts = new Map(said(all, TOPICS.slotAssigned).map((slot) => [slot.essay_id, slot.text_storage_id]))
    expect(new Map(provisioned?.essays_for_processing.map((ref) => [ref.essay_id, ref.text_storage_id]))).toEqual(texts)
    expect(new Set(texts.values()).size).toBe(3)
  })

  test('with an essay that is marked `fail-content`: it is refused by name, before the others are provisioned', () => {
    const all = answerTo(registration('b-1', ['anna', 'bo-fail-content']))
    expect(all.map(({ topic }) => topic)).toEqual([
      TOPICS.slotAssigned,
      TOPICS.validationErrors,
      TOPICS.contentProvisioned,
    ])
    expect(said(all, TOPICS.validationErrors)[0]).toMatchObject({
      failed_essays: [{ essay_id: 'bo-fail-content', file_name: 'bo-fail-content.docx' }],
      error_summary: { total_errors: 1, critical_failure: false },
    })
    expect(said(all, TOPICS.contentProvisioned)[0]).toMatchObject({ provisioned_count: 1, expected_count: 2 })
  })

  test('of which no text is left has failed as a whole', () => {
    for (const essays of [['a-fail-content', 'b-fail-content'], []]) {
      const all = answerTo(registration('b-1', essays))
      expect(all.map(({ topic }) => topic)).toEqual([TOPICS.validationErrors])
      expect(said(all, TOPICS.validationErrors)[0]?.error_summary.critical_failure).toBe(true)
    }
  })
})

describe('the matching of students', () => {
  test('ends when they are confirmed, and the batch is ready with the texts it had', () => {
    const all = answerTo(matching('b-1', ESSAYS))
    expect(all.map(({ topic }) => topic)).toEqual([TOPICS.associationsConfirmed, TOPICS.essaysReady])
    const [confirmed] = said(all, TOPICS.associationsConfirmed)
    expect(confirmed).toMatchObject({ class_id: 'class-7b', validation_summary: { human: 3 } })
    expect(confirmed?.associations.map(({ essay_id }) => essay_id)).toEqual(ESSAYS)
    const [ready] = said(all, TOPICS.essaysReady)
    expect(ready).toMatchObject({ class_type: 'REGULAR', course_language: 'sv' })
    expect(ready?.ready_essays.map(({ text_storage_id }) => text_storage_id)).toEqual(
      ESSAYS.map((id) => `text of ${id}`),
    )
  })

  test('leaves an essay that is marked for it without a student, and ready', () => {
    const all = answerTo(matching('b-1', ['anna', 'bo-fail-student_matching']))
    expect(said(all, TOPICS.associationsConfirmed)[0]?.associations).toMatchObject([
      { student_id: expect.any(String) },
      { essay_id: 'bo-fail-student_matching', student_id: null, confidence_score: 0 },
    ])
    expect(said(all, TOPICS.essaysReady)[0]?.ready_essays.length).toBe(2)
  })
})

describe('a command', () => {
  test('of every phase of the catalog ends in one outcome, with the correlation id of the command', () => {
    for (const phase of PHASES) {
      const [outcome, ...more] = said(answerTo(command(phase, 'b-1', ESSAYS)), TOPICS.phaseOutcome)
      expect(more).toEqual([])
      expect(outcome).toMatchObject({
        batch_id: 'b-1',
        phase_name: PhaseName.parse(phase),
        phase_status: 'completed_successfully',
        failed_essay_ids: [],
        correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
      })
      expect(outcome?.processed_essays.map(({ essay_id }) => essay_id)).toEqual(ESSAYS)
    }
    expect([...catalog.phases.keys()].sort()).toEqual([...PHASES].sort())
  })

  test('an essay that is marked `fail-<phase>` fails in that phase and in no other', () => {
    for (const phase of PHASES) {
      const marked = `cleo-fail-${phase}`
      const [outcome] = said(answerTo(command(phase, 'b-1', ['anna', marked])), TOPICS.phaseOutcome)
      expect(outcome).toMatchObject({ phase_status: 'completed_with_failures', failed_essay_ids: [marked] })
      for (const other of PHASES.filter((name) => name !== phase)) {
        const [fine] = said(answerTo(command(other, 'b-1', [marked])), TOPICS.phaseOutcome)
        expect(fine?.phase_status).toBe('completed_successfully')
      }
    }
  })

  test('of which no essay succeeds has failed critically, also when it names no essay', () => {
    for (const phase of PHASES)
      for (const essays of [[`a-fail-${phase}`, `b-fail-${phase}`], []])
        expect(said(answerTo(command(phase, 'b-1', essays)), TOPICS.phaseOutcome)[0]).toMatchObject({
          phase_status: 'failed_critically',
          processed_essays: [],
          failed_essay_ids: essays,
        })
  })

  test('the outcome of a phase that produces texts carries new ones, any other those that it was given', () => {
    for (const phase of PHASES) {
      const [outcome] = said(answerTo(command(phase, 'b-1', ESSAYS)), TOPICS.phaseOutcome)
      const texts = outcome?.processed_essays.map((ref) => ref.text_storage_id) ?? []
      if (catalog.phases.get(phase)?.producesText) {
        expect(new Set(texts).size).toBe(3)
        expect(texts.some((text) => text.startsWith('text of'))).toBe(false)
      } else expect(texts).toEqual(ESSAYS.map((id) => `text of ${id}`))
    }
  })

  test('spellcheck says each essay thin and rich, with the text that the outcome carries', () => {
    const all = answerTo(command('spellcheck', 'b-1', ['anna', 'bo-fail-spellcheck']))
    const text = said(all, TOPICS.phaseOutcome)[0]?.processed_essays[0]?.text_storage_id ?? ''
    expect(said(all, TOPICS.spellcheckPhaseCompleted)).toMatchObject([
      { entity_id: 'anna', status: 'completed', corrected_text_storage_id: text, error_code: null },
      { status: 'failed', corrected_text_storage_id: null, error_code: 'SPELLCHECK_SERVICE_ERROR' },
    ])
    expect(said(all, TOPICS.spellcheckResults)).toMatchObject([
      { entity_id: 'anna', status: 'spellchecked_success', corrected_text_storage_id: text },
      { status: 'spellcheck_failed', system_metadata: { error_info: { error_code: 'SPELLCHECK_SERVICE_ERROR' } } },
    ])
  })

  test('language analysis and comparative judgement name the essays of the batch', () => {
    const nlp = answerTo(command('nlp', 'b-1', ['anna', 'bo-fail-nlp']))
    expect(said(nlp, TOPICS.nlpCompleted)[0]).toMatchObject({
      status: 'completed_successfully',
      processing_summary: { successful_essay_ids: ['anna'], failed_essay_ids: ['bo-fail-nlp'] },
    })
    expect(said(nlp, TOPICS.essayNlpCompleted).map(({ essay_id }) => essay_id)).toEqual(['anna'])

    const cj = answerTo(command('cj_assessment', 'b-1', ESSAYS))
    expect(said(cj, TOPICS.cjCompleted)[0]?.processing_summary).toMatchObject({ successful: 3, failed: 0 })
    const grades = said(cj, TOPICS.assessmentResult)[0]?.essay_results ?? []
    expect(grades.map(({ rank }) => rank)).toEqual([1, 2, 3])
    expect(grades.map(({ normalized_score }) => normalized_score)).toEqual(
      grades.map(({ normalized_score }) => normalized_score).toSorted((a, b) => b - a),
    )
  })

  test('a judgement in which no essay succeeded says that it failed, and gives no grades', () => {
    const all = answerTo(command('cj_assessment', 'b-1', ['a-fail-cj_assessment']))
    expect(all.map(({ topic }) => topic)).toEqual([TOPICS.cjFailed, TOPICS.phaseOutcome])
  })

  test('AI feedback says of each essay where its feedback is', () => {
    const all = answerTo(command('ai_feedback', 'b-1', ['anna', 'bo-fail-ai_feedback']))
    expect(said(all, TOPICS.aiFeedbackCompleted)).toMatchObject([
      { entity_id: 'anna', status: 'ai_feedback_success', feedback_content_storage_id: expect.any(String) },
      { status: 'ai_feedback_failed', feedback_content_storage_id: null },
    ])
  })
})

describe('everything that is said', () => {
  const asked = [
    registration('b-1', [...ESSAYS, 'dan-fail-content']),
    matching('b-1', ESSAYS),
    ...PHASES.map((phase) => command(phase, 'b-1', [...ESSAYS, `dan-fail-${phase}`])),
    command('cj_assessment', 'b-2', ['a-fail-cj_assessment']),
  ]
  const messages = asked.flatMap((message) => answerTo(message))

  test('has exactly the fields of the original, in envelope and data', () => {
    const samples = new Map(goldenSamples().map((sample) => [sample.topic, sample.envelope]))
    const fieldsOf = (envelope: Readonly<Record<string, unknown>>) => ({
      envelope: Object.keys(envelope).sort(),
      data: Object.keys(Object(envelope['data'])).sort(),
    })
    for (const { topic, value } of messages) {
      const sample = [...samples].find(([name]) => name === topic)?.[1] ?? {}
      expect({ topic, ...fieldsOf(JSON.parse(String(value))) }).toEqual({ topic, ...fieldsOf(sample) })
    }
    expect(new Set(messages.map(({ topic }) => topic)).size).toBe(14)
  })

  test('has an id of its own', () => {
    const ids = receiveAll(messages).map(({ envelope }) => envelope.event_id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('is the same, byte for byte, whenever the same message is answered', () => {
    const config = settings({ SIMULATOR_PHASE_MS: '100', SIMULATOR_FAILURE_RATE: '0.5' })
    for (const message of asked) expect(answerTo(message, config)).toEqual(answerTo(message, config))
  })

  test('continues the trace of what caused it', () => {
    const traceparent = '00-d5ae0893611e3ae18cb8e53a3e836ba8-d6b631e5ab02ebcf-01'
    const message = command('nlp', 'b-1', ['anna'])
    const traced = { ...message, headers: { ...message.headers, traceparent } }
    expect(answerTo(traced).map(({ headers }) => headers['traceparent'])).toEqual([
      traceparent,
      traceparent,
      traceparent,
    ])
  })

  test('events of one essay are keyed by it, as in the original, and those of the batch by the batch', () => {
    const keys = answerTo(command('spellcheck', 'b-1', ['anna', 'bo'])).map(({ key }) => key)
    expect(keys).toEqual(['anna', 'anna', 'bo', 'bo', 'b-1'])
  })
})

describe('chance', () => {
  const many = Array.from({ length: 400 }, (_, n) => `essay-${n}`)
  const failedOf = (environment: Readonly<Record<string, string>>, attempt = 1) =>
    said(answerTo(command('nlp', 'b-1', many, { attempt }), settings(environment)), TOPICS.phaseOutcome)[0]
      ?.failed_essay_ids ?? []

  test('fails about as many essays as it is told to: none, a quarter, all', () => {
    expect(failedOf({}).length).toBe(0)
    expect(failedOf({ SIMULATOR_FAILURE_RATE: '0.25' }).length / 400).toBeCloseTo(0.25, 1)
    expect(failedOf({ SIMULATOR_FAILURE_RATE: '1' }).length).toBe(400)
  })

  test('another seed and another command fail other essays', () => {
    const rate = { SIMULATOR_FAILURE_RATE: '0.25' }
    expect(failedOf({ ...rate, SIMULATOR_SEED: '2' })).not.toEqual(failedOf(rate))
    expect(failedOf(rate, 2)).not.toEqual(failedOf(rate))
  })

  test('work on an essay takes from half to one and a half of the time set, and is said when it is done', () => {
    const script = scriptOf(command('spellcheck', 'b-1', many), settings({ SIMULATOR_PHASE_MS: '100' }))
    const thin = script.filter(({ topic }) => topic === TOPICS.spellcheckPhaseCompleted)
    const durations = thin.map(({ at }, n) => at - (thin[n - 1]?.at ?? AT))
    expect(Math.min(...durations)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...durations)).toBeLessThanOrEqual(150)
    expect(new Set(durations).size).toBeGreaterThan(20)
    expect(script.at(-1)?.at).toBe(thin.at(-1)?.at)
    const seen = receiveAll(thin.map(({ message }) => message())).map(({ at }) => at / 1_000)
    expect(seen).toEqual(thin.map(({ at }) => at))
  })
})

test('a message that cannot be read, or names no batch, is malformed', () => {
  const message = command('nlp', 'b-1', ESSAYS)
  const nameless = JSON.parse(String(message.value))
  nameless.data.entity_id = null
  for (const value of ['not json', '{}', JSON.stringify(nameless)])
    expect(() => scriptOf({ ...message, value })).toThrow(MalformedError)
})

test('a phase that nobody can play, or that the wire cannot name, stops the start, and is told', () => {
  const [phase] = [...catalog.phases.values()]
  if (!phase) throw new Error('the catalog has phases')
  const unheard = { ...phase, name: 'nlp', command: { ...phase.command, topic: 'huleedu.grammar.v1' } }
  const unnamed = { ...phase, name: 'grammar' }
  const workThrough = createWorkshop(settings(), createChance('1'))
  const phases = new Map([unheard, unnamed].map((one) => [one.name, one]))
  const start = () => specialistsOf({ ...catalog, phases }, { workThrough, failureRate: 0 })
  expect(start).toThrow(CatalogError)
  expect(start).toThrow('nlp: nobody in the simulator plays it')
  expect(start).toThrow('grammar: nobody in the simulator plays it')
})
