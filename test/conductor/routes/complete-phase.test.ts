import { expect, test } from 'bun:test'
import { projectRecord } from '../../../conductor/projections/index.ts'
import { batchContent, batchRegistered, essaySucceeded } from '../../../conductor/state/facts.ts'
import { DefineResponse } from '../../../shared/contracts/http/conductor.ts'
import { BatchState } from '../../../shared/contracts/http/operations.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { PublishError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { delivered } from '../../support/delivered.ts'
import { changeOf, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const PATH = '/internal/v1/phases/complete'
const B = batchId('b-1')
const CORRELATION = '4848e3a5-d5b1-4c67-972f-7fd205078a55'
const AT = 1_770_106_530_000

/** A conductor with one batch of three essays, whose log is projected at once. */
const withBatch = async (options: { readonly projects?: boolean; readonly publish?: EventLog['publish'] } = {}) => {
  let offset = 0
  const publish: EventLog['publish'] = async (messages) => {
    const positions = messages.map(({ topic }) => ({ topic, partition: 0, offset: offset++ }))
    for (const [i, message] of messages.entries()) {
      const record = delivered(message, { timestamp: AT, offset: positions[i]?.offset ?? 0 })
      const { batchId: id, event } = projectRecord(record, { producesText: () => true })
      if (id !== null && options.projects !== false) await one.store.apply([{ batchId: id, events: [event] }])
    }
    return positions
  }
  const one = conductor({ publish: options.publish ?? publish })
  const essays = ['e-1', 'e-2', 'e-3'].map(essayId)
  await one.store.apply([
    changeOf(B, eventOf([batchRegistered(registration(), essays, origin(1)), batchContent('provisioned', origin(2))])),
  ])
  const state = async () => BatchState.parse(await (await one.get('/internal/v1/batches/b-1/state')).json())
  const define = async () =>
    DefineResponse.parse(
      await (
        await one.post('/internal/v1/pipelines/define', {
          batch_id: 'b-1',
          requested_pipeline: 'spellcheck',
          correlation_id: CORRELATION,
        })
      ).json(),
    )
  return { ...one, state, define }
}

test('a phase that is marked is done for every registered essay, and the next plan skips it', async () => {
  const { post, define, state, lines } = await withBatch()
  expect((await define()).final_pipeline).toEqual(['spellcheck'])
  const response = await post(PATH, { batch_id: ' b-1 ', phase_name: 'spellcheck' })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'recorded', batch_id: 'b-1', phase_name: 'spellcheck' })
  expect((await define()).plan).toMatchObject([{ decision: 'skip', reason: 'already_completed' }])
  expect((await state()).tally).toEqual([{ refused: false, phases: { spellcheck: 'succeeded' }, count: 3 }])
  expect(lines.filter(({ message }) => message === 'audit').map(({ fields }) => fields)).toEqual([
    expect.objectContaining({ audit: 'phase_marked', batch_id: 'b-1', phase: 'spellcheck', success: true, by: 'test' }),
  ])
})

test('a phase can be marked as failed; what succeeded stays', async () => {
  const { post, store, state } = await withBatch()
  await store.apply([changeOf(B, eventOf([essaySucceeded(essayId('e-2'), 'nlp', origin(5), null)]))])
  expect((await post(PATH, { batch_id: 'b-1', phase_name: 'nlp', success: false })).status).toBe(200)
  expect((await state()).tally).toEqual([
    { refused: false, phases: { nlp: 'succeeded' }, count: 1 },
    { refused: false, phases: { nlp: 'failed_settled' }, count: 2 },
  ])
})

test('texts stay as they are: a mark brings none', async () => {
  const { post, store, state } = await withBatch()
  await post(PATH, { batch_id: 'b-1', phase_name: 'spellcheck' })
  const page = await store.essays(B, { factsRevision: (await state()).facts_revision, first: 0, count: 3 })
  expect(page.moved ? [] : page.essays.map(({ text }) => text)).toEqual([null, null, null])
})

test('a batch that nobody registered is a 404, a phase that there is none of a 422 with their names', async () => {
  const { post, published } = await withBatch()
  expect((await post(PATH, { batch_id: 'b-2', phase_name: 'nlp' })).status).toBe(404)
  const unknown = await post(PATH, { batch_id: 'b-1', phase_name: 'nonsense' })
  expect(unknown.status).toBe(422)
  expect(await unknown.text()).toContain('spellcheck')
  for (const body of [{}, { batch_id: 'b-1' }, { phase_name: 'nlp' }, { batch_id: '', phase_name: 'nlp' }])
    expect((await post(PATH, body)).status).toBe(422)
  expect(published).toEqual([])
})

test('it is not recorded before the log has it, and not answered before it counts', async () => {
  const away = await withBatch({ publish: () => Promise.reject(new PublishError('not_sent', 'gone')) })
  const refused = await away.post(PATH, { batch_id: 'b-1', phase_name: 'nlp' })
  expect(await refused.json()).toMatchObject({ status: 503, code: 'KAFKA_PUBLISH_ERROR', outcome: 'not_sent' })
  const behind = await withBatch({ projects: false })
  const late = await behind.post(PATH, { batch_id: 'b-1', phase_name: 'nlp' })
  expect(await late.json()).toMatchObject({ status: 503, code: 'CATCHING_UP' })
})

test('the state of a batch tells registration, facts, run book and revisions; of one never heard of it is a 404', async () => {
  const { state, get } = await withBatch()
  expect(await state()).toMatchObject({
    batch_id: 'b-1',
    content: 'ready',
    registration: { userId: 'teacher-1' },
    tally: [{ refused: false, phases: {}, count: 3 }],
    run_book: null,
  })
  expect((await get('/internal/v1/batches/nobody/state')).status).toBe(404)
})

test('the message of a mark goes to a topic of its own, which no run follows', async () => {
  const seen: string[] = []
  const { post } = await withBatch({
    publish: async (messages) => {
      seen.push(...messages.map(({ topic }) => topic))
      return []
    },
  })
  expect((await post(PATH, { batch_id: 'b-1', phase_name: 'nlp' })).status).toBe(200)
  expect(seen).toEqual([TOPICS.phaseMarked])
})
