import { describe, expect, test } from 'bun:test'
import { receiveAs } from '../../../shared/contracts/receive.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import {
  content,
  json,
  outcome,
  phase,
  readyToPlan,
  recordOf,
  register,
  renderAll,
  request,
  runStore,
  start,
} from '../support.ts'

const ID = batchId('b-1')

const on = (messages: readonly OutgoingMessage[], topic: string) =>
  messages.filter((message) => message.topic === topic)

const only = (messages: readonly OutgoingMessage[], topic: string): OutgoingMessage => {
  const [message, ...others] = on(messages, topic)
  if (!message || others.length > 0) throw new Error(`${others.length + (message ? 1 : 0)} messages on ${topic}`)
  return message
}

test('a registration is told as the contract says', async () => {
  const { store } = runStore()
  await store.register(ID, register())
  const message = only(await renderAll(store, ID), TOPICS.essaysRegistered)
  const { envelope } = receiveAs(TOPICS.essaysRegistered, recordOf(message))
  expect(envelope.source_service).toBe('batch-service')
  expect(envelope.data).toMatchObject({
    event: 'batch.essays.registered',
    entity_id: 'b-1',
    expected_essay_count: 2,
    essay_ids: ['e1', 'e2'],
    course_code: 'ENG6',
    user_id: 'ada',
    org_id: 'school-1',
    class_id: null,
    metadata: { entity_id: 'b-1', entity_type: 'batch', event: 'batch.essays.registered' },
  })
})

test('a refusal is told with its reason, and when without a zone', async () => {
  const { store } = runStore()
  await store.request(ID, request())
  const { envelope } = receiveAs(
    TOPICS.pipelineDenied,
    recordOf(only(await renderAll(store, ID), TOPICS.pipelineDenied)),
  )
  expect(envelope.data).toMatchObject({
    batch_id: 'b-1',
    user_id: 'ada',
    requested_pipeline: 'ai_feedback',
    denial_reason: 'unknown_batch',
    denied_at: expect.stringMatching(/^[\d-]{10}T[\d:.]+$/),
  })
})

describe('a run', () => {
  const run = async () => {
    const at = runStore()
    await readyToPlan(at.store, ID)
    const skipped = phase({ decision: 'skip', reason: 'already_completed', planned: [] })
    const nlp = phase({ phase: 'nlp', depends_on: ['spellcheck'], produces_text: false })
    await at.store.start(ID, start({ phases: [skipped, nlp] }))
    return at
  }

  test('that skips a phase says so once', async () => {
    const { store } = await run()
    const message = only(await renderAll(store, ID), TOPICS.phaseSkipped)
    expect(receiveAs(TOPICS.phaseSkipped, recordOf(message)).envelope.data).toMatchObject({
      event: 'batch.phase.skipped',
      batch_id: 'b-1',
      phase_name: 'spellcheck',
      skip_reason: 'already_completed',
      storage_id: null,
    })
  })

  test('that starts tells the teacher which phases will run', async () => {
    const { store } = await run()
    const message = only(await renderAll(store, ID), TOPICS.teacherNotification)
    expect(receiveAs(TOPICS.teacherNotification, recordOf(message)).envelope.data).toMatchObject({
      teacher_id: 'ada',
      notification_type: 'batch_processing_started',
      category: 'batch_progress',
      priority: 'low',
      payload: { requested_pipeline: 'ai_feedback', resolved_pipeline: ['nlp'], first_phase: 'nlp', total_phases: 1 },
    })
  })

  test('that ends is told with true counts, and with the event type that the contract excepts', async () => {
    const { store } = await run()
    await store.outcome(ID, outcome({ phase: 'nlp', processed: [['e1', 'x']], failed: ['e2'] }))
    const messages = await renderAll(store, ID)
    const { envelope } = receiveAs(TOPICS.pipelineCompleted, recordOf(only(messages, TOPICS.pipelineCompleted)))
    expect(envelope.event_type).toBe('batch.pipeline.completed')
    expect(envelope.data).toMatchObject({
      batch_id: 'b-1',
      completed_phases: ['nlp'],
      final_status: 'completed_with_failures',
      successful_essay_count: 1,
      failed_essay_count: 1,
    })
    expect(envelope.metadata).toMatchObject({
      batch_id: 'b-1',
      completed_phases: ['nlp'],
      final_status: 'completed_with_failures',
    })
    const notices = on(messages, TOPICS.teacherNotification).map((message) => json(message).data)
    expect(notices).toMatchObject([
      { notification_type: 'batch_processing_started' },
      { notification_type: 'pipeline_completed', priority: 'immediate', action_required: true },
    ])
  })

  test('stands in the run book, which points at the essays of the open attempt, with nothing of our own state in it', async () => {
    const { store } = await run()
    const message = only(await renderAll(store, ID), TOPICS.runChanged)
    const { data, metadata } = receiveAs(TOPICS.runChanged, recordOf(message)).envelope
    expect(data.runs).toMatchObject([
      { run_id: 'run-1', status: 'processing', phases: [{ status: 'skipped' }, { status: 'running', total: 2 }] },
    ])
    expect(metadata).toMatchObject({ state: { run: { phases: [{ open: [] }, { open: [[0, 2]] }] } } })
    expect(data.requests).toMatchObject([{ verdict: 'accepted', run_id: 'run-1' }])
    expect(Object.keys(json(message).data)).not.toContain('outbox')
  })
})

test('the same entries give the same bytes, no two messages share an id, and a closed attempt is not commanded', async () => {
  const { store } = runStore()
  await readyToPlan(store, ID)
  await store.start(ID, start({ phases: [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })] }))
  await store.outcome(ID, outcome())
  expect((await renderAll(store, ID)).map(({ topic }) => topic)).toContain(TOPICS.nlpCommand)
  await store.outcome(ID, outcome({ phase: 'nlp', cause: '22222222-1111-5222-8333-444455556666' }))
  const messages = await renderAll(store, ID)
  expect(await renderAll(store, ID)).toEqual(messages)
  expect(messages.map(({ topic }) => topic).sort()).toEqual(
    [
      TOPICS.essaysRegistered,
      TOPICS.runChanged,
      TOPICS.teacherNotification,
      TOPICS.pipelineCompleted,
      TOPICS.teacherNotification,
    ].sort(),
  )
  expect(new Set(messages.map((message) => json(message).event_id)).size).toBe(messages.length)
})

test('the next phase gets the text that the phase before made, also of a phase that makes none', async () => {
  const { store } = runStore()
  await store.register(ID, register())
  await store.content(ID, content())
  await store.request(ID, request())
  await store.start(
    ID,
    start({
      phases: [
        phase(),
        phase({ phase: 'nlp', produces_text: false }),
        phase({ phase: 'ai_feedback', depends_on: ['spellcheck', 'nlp'] }),
      ],
    }),
  )
  await store.outcome(ID, outcome({ processed: [['e1', 'corrected-1']], failed: ['e2'] }))
  await store.outcome(
    ID,
    outcome({
      phase: 'nlp',
      processed: [
        ['e1', 'raw-1'],
        ['e2', 'raw-2'],
      ],
    }),
  )
  const message = only(await renderAll(store, ID), TOPICS.aiFeedbackCommand)
  expect(json(message).data.essays_to_process).toEqual([
    { essay_id: 'e1', text_storage_id: 'corrected-1', spellcheck_metrics: null },
  ])
})
