import { describe, expect, test } from 'bun:test'
import { PROJECTED_TOPICS, projectRecord } from '../../../conductor/projections/index.ts'
import type { Fact } from '../../../conductor/state/facts.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { MalformedError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { recordOf } from '../../shared/contracts/records.ts'
import { goldenSamples } from '../../shared/contracts/samples.ts'
import { bookOf } from '../state/support.ts'

const context = { producesText: (phase: string) => phase === 'spellcheck' }
const BATCH = batchId('95766f96-3055-4e73-9cb2-184a0f9a86b7')
const [E1, E2, E3] = [
  'e1027f25-ef6e-426a-9abb-2951f42f2ab8',
  '14b5fe74-ce4f-438b-bf00-971c239c449d',
  '527d1946-f1dc-42e2-95b9-9528ec32f710',
] as const

/** Facts in few words: the essay (or the kind), then `register=rank value` of each write. */
const inShort = (facts: readonly Fact[]): readonly string[] =>
  facts.map((fact) => {
    if (fact.kind === 'registration') return `registration of ${fact.essayIds.length} by ${fact.registration.userId}`
    if (fact.kind === 'book') return `book ${fact.revision}`
    if (fact.kind === 'archived') return `archived ${fact.revision}`
    const writes = fact.writes.map(([register, stamp, value]) => `${register}=${stamp.charAt(0)} ${value}`.trim())
    return `${fact.kind === 'essay' ? fact.essayId : fact.kind}: ${writes.join(', ')}`
  })

const sample = (model: string, name: string) => {
  const found = goldenSamples().find((each) => each.model === model && each.name === name)
  if (!found) throw new Error(`no sample ${model} ${name}`)
  return found
}
const project = (model: string, name: string, data: Record<string, unknown> = {}) => {
  const { topic, envelope } = sample(model, name)
  const original = typeof envelope['data'] === 'object' ? envelope['data'] : {}
  return projectRecord(recordOf(topic, { ...envelope, data: { ...original, ...data } }), context)
}
const factsOf = (...args: Parameters<typeof project>) => inShort(project(...args).event.facts)

describe('what the messages of the original say', () => {
  test('a registration gives the batch, its owner and its essays', () => {
    const { batchId: id, event } = project('BatchEssaysRegistered', 'regular')
    expect(id).toBe(BATCH)
    expect(inShort(event.facts)).toEqual(['registration of 3 by user_789'])
    expect(event.facts[0]).toMatchObject({
      registration: { orgId: 'school_42', classId: 'class_7b', courseCode: 'ENG6', expectedEssayCount: 3 },
    })
  })

  test('provisioned content gives every essay its text', () => {
    expect(factsOf('BatchContentProvisioningCompletedV1', 'all_provisioned')).toEqual([
      'batch: content:provisioned=0',
      `${E1}: content=1, text=1 da6c106e1d6a168fbeb7cfa8d03219d5`,
      `${E2}: content=1, text=1 e2fb8e1db56072a27b21981ea6cb3f8e`,
      `${E3}: content=1, text=1 a38e0a3d120c2d8a59205b8c3855b4b9`,
    ])
  })

  test('essays that are ready make the batch ready', () => {
    expect(factsOf('BatchEssaysReady', 'regular')[0]).toBe('batch: content:ready=0')
    expect(factsOf('BatchEssaysReady', 'regular')).toHaveLength(4)
  })

  test('validation errors refuse the essays that they name, and only a critical one fails the batch', () => {
    const refused = '3d2d7931-1d1f-4c81-a114-313b30121f8c: content=0 VALIDATION_ERROR'
    expect(factsOf('BatchValidationErrorsV1', 'one_failed')).toEqual([refused])
    const error_summary = { total_errors: 1, error_categories: {}, critical_failure: true }
    expect(factsOf('BatchValidationErrorsV1', 'one_failed', { error_summary })).toEqual([
      'batch: content:failed=0',
      refused,
    ])
  })

  test('a thin spellcheck event gives the outcome of one essay, with the corrected text or the error', () => {
    expect(factsOf('SpellcheckPhaseCompletedV1', 'completed')).toEqual([
      `${E1}: phase:spellcheck=1, text=2 e5121e72e87588deefbab6a4b9fff64f`,
    ])
    expect(factsOf('SpellcheckPhaseCompletedV1', 'failed')).toEqual([
      `${E1}: phase:spellcheck=0, phase:spellcheck:error=0 SPELLCHECK_SERVICE_ERROR`,
    ])
  })

  test.each(['pending', 'in_progress'])('a spellcheck that is %s says nothing yet', (status) => {
    expect(factsOf('SpellcheckPhaseCompletedV1', 'completed', { status })).toEqual([])
  })

  test.each(['SpellcheckResultV1', 'SpellcheckResultDataV1'])('so do the rich event and the older one: %s', (model) => {
    expect(factsOf(model, 'success')).toEqual([`${E1}: phase:spellcheck=1, text=2 e5121e72e87588deefbab6a4b9fff64f`])
    expect(factsOf(model, 'success', { status: 'spellchecking_in_progress' })).toEqual([])
    const system_metadata = { entity_id: E1, entity_type: 'essay', error_info: { error_code: 'BROKEN' } }
    expect(factsOf(model, 'success', { status: 'spellcheck_failed', system_metadata })).toEqual([
      `${E1}: phase:spellcheck=0, phase:spellcheck:error=0 BROKEN`,
    ])
    expect(() => factsOf(model, 'success', { entity_id: null })).toThrow('names no essay')
  })

  test.each([
    ['CJAssessmentCompletedV1', 'cj_assessment'],
    ['BatchNlpAnalysisCompletedV1', 'nlp'],
  ])('a summary of the whole batch gives the outcome of the essays that it names: %s', (model, phase) => {
    expect(factsOf(model, 'all_successful')).toEqual([E1, E2, E3].map((id) => `${id}: phase:${phase}=1`))
    const summary = { processing_summary: { failed_essay_ids: [E2], successful_essay_ids: 'not a list' } }
    expect(factsOf(model, 'all_successful', summary)).toEqual([`${E2}: phase:${phase}=0`])
  })

  test('feedback on one essay gives its outcome; what was written is no text of the essay', () => {
    expect(factsOf('AIFeedbackResultDataV1', 'success')).toEqual([`${E1}: phase:ai_feedback=1`])
    expect(factsOf('AIFeedbackResultDataV1', 'success', { status: 'awaiting_ai_feedback' })).toEqual([])
    expect(factsOf('AIFeedbackResultDataV1', 'success', { status: 'ai_feedback_failed' })).toEqual([
      `${E1}: phase:ai_feedback=0`,
    ])
    expect(() => factsOf('AIFeedbackResultDataV1', 'success', { entity_id: null })).toThrow('names no essay')
  })

  test('an analysed essay has succeeded, in the batch that is its parent', () => {
    const { batchId: id, event } = project('EssayNlpCompletedV1', 'one_error')
    expect([id, inShort(event.facts)]).toEqual([BATCH, [`${E1}: phase:nlp=1`]])
  })

  test('grades say who was judged; anchors are no essays of the batch', () => {
    const facts = factsOf('AssessmentResultV1', 'two_students_one_anchor')
    expect(facts).toEqual([E1, E2].map((id) => `${id}: phase:cj_assessment=1`))
  })

  test('a judgement that broke down says nothing of single essays, and is kept for the batch', () => {
    expect(project('CJAssessmentFailedV1', 'stuck_timeout').batchId).toBe(BATCH)
    expect(factsOf('CJAssessmentFailedV1', 'stuck_timeout')).toEqual(['batch: broken:cj_assessment=0'])
  })

  test('confirmed associations say which essays were matched with a student', () => {
    expect(factsOf('StudentAssociationsConfirmedV1', 'human')).toEqual([`${E1}: phase:student_matching=1`])
    const { envelope } = sample('StudentAssociationsConfirmedV1', 'human')
    const [first] = Reflect.get(Object(envelope['data']), 'associations')
    const associations = [{ ...first, student_id: null }]
    expect(factsOf('StudentAssociationsConfirmedV1', 'human', { associations })).toEqual([
      `${E1}: phase:student_matching=0, phase:student_matching:error=0 STUDENT_UNKNOWN`,
    ])
  })

  test('the outcome of a phase that produces text brings the texts', () => {
    expect(factsOf('ELSBatchPhaseOutcomeV1', 'spellcheck_success')[0]).toBe(
      `${E1}: phase:spellcheck=1, text=2 e5121e72e87588deefbab6a4b9fff64f`,
    )
  })

  test('texts in other outcomes are ignored, and failures are settled by them', () => {
    expect(factsOf('ELSBatchPhaseOutcomeV1', 'nlp_partial')).toEqual([
      `${E1}: phase:nlp=1`,
      `${E3}: phase:nlp=1`,
      `${E2}: phase:nlp=0, phase:nlp:listed=0`,
    ])
  })

  test('a phase of the wire that no pipeline has keeps its facts', () => {
    expect(factsOf('ELSBatchPhaseOutcomeV1', 'nlp_partial', { phase_name: 'student_matching' })[0]).toBe(
      `${E1}: phase:student_matching=1`,
    )
  })

  test('a fact carries the time and the id of its event, and the place of its record', () => {
    const { event } = project('SpellcheckPhaseCompletedV1', 'completed')
    const [fact] = event.facts
    expect(fact?.kind === 'essay' && fact.writes[0]?.[1]).toBe(
      '1|1770106530623456|d6e2cec7-541e-493a-9d1c-1e7df6ba46fd',
    )
    expect(event).toMatchObject({ partition: `${TOPICS.spellcheckPhaseCompleted}|3`, offset: 41 })
  })
})

describe('run books', () => {
  const { envelope } = sample('ELSBatchPhaseOutcomeV1', 'spellcheck_success')
  test('are kept whole', () => {
    const book = bookOf(BATCH, '1795496612641301')
    const record = recordOf(TOPICS.runChanged, { ...envelope, data: book })
    expect(projectRecord(record, context)).toMatchObject({ batchId: BATCH, event: { facts: [{ kind: 'book', book }] } })
  })

  test('a tombstone on their compacted topic says nothing', () => {
    expect(projectRecord(recordOf(TOPICS.runChanged, null), context)).toMatchObject({
      batchId: null,
      event: { facts: [] },
    })
  })
})

describe('what cannot be projected', () => {
  test('a message that names no batch is malformed', () => {
    expect(() => project('SpellcheckPhaseCompletedV1', 'completed', { batch_id: '' })).toThrow(MalformedError)
  })

  test('so is one of a phase that the wire does not have', () => {
    expect(() => project('ELSBatchPhaseOutcomeV1', 'nlp_partial', { phase_name: 'NLP' })).toThrow(MalformedError)
  })

  test('a topic that is not projected is our mistake', () => {
    expect(() => projectRecord(recordOf('other', {}), context)).toThrow('nothing projects the topic other')
  })

  test('every topic that is projected has a message of the original here, or is ours', () => {
    const known = new Set<string>([...goldenSamples().map(({ topic }) => topic), TOPICS.runChanged, TOPICS.phaseMarked])
    expect(PROJECTED_TOPICS.filter((topic) => !known.has(topic))).toEqual([])
  })
})

describe('the trace of an event', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
  const causeOf = (headers: Record<string, string>, metadata: Record<string, unknown> | null) => {
    const { topic, envelope } = sample('BatchEssaysRegistered', 'regular')
    const record = { ...recordOf(topic, { ...envelope, metadata }), headers }
    return projectRecord(record, context).event.cause?.traceparent
  }

  test('goes along where it is recorded, from the header or else from the envelope, and not otherwise', () => {
    const parent = (span: string, flags: string) => `00-${TRACE}-${span.repeat(16)}-${flags}`
    const [header, told] = [parent('a', '01'), parent('b', '01')]
    expect(causeOf({ traceparent: header }, { traceparent: told })).toBe(header)
    expect(causeOf({}, { traceparent: told })).toBe(told)
    expect(causeOf({ traceparent: parent('a', '00') }, null)).toBeUndefined()
    expect(causeOf({ traceparent: 'junk' }, null)).toBeUndefined()
    expect(causeOf({}, null)).toBeUndefined()
  })
})
