import { expect, test } from 'bun:test'
import { projectRecord } from '../../../conductor/projections/index.ts'
import { batchContent, batchRegistered, essaySucceeded, type Fact } from '../../../conductor/state/facts.ts'
import { DefineResponse } from '../../../shared/contracts/http/conductor.ts'
import { BatchState } from '../../../shared/contracts/http/operations.ts'
import { essayId } from '../../../shared/ids.ts'
import { recordOf } from '../../shared/contracts/records.ts'
import { goldenSamples } from '../../shared/contracts/samples.ts'
import { changeOf, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const [E1, E2] = [essayId('e1'), essayId('e2')]

/** A batch whose comparative judgement broke down, as the original says it, after these facts. */
const brokenDown = async (...facts: readonly Fact[]) => {
  const sample = goldenSamples().find(({ model, name }) => model === 'CJAssessmentFailedV1' && name === 'stuck_timeout')
  if (!sample) throw new Error('no sample')
  const { batchId, event } = projectRecord(recordOf(sample.topic, sample.envelope), { producesText: () => false })
  if (batchId === null) throw new Error('of no batch')
  const at = conductor()
  const known = [
    batchRegistered(registration(), [E1, E2], origin(1)),
    batchContent('provisioned', origin(2)),
    ...[E1, E2].map((id) => essaySucceeded(id, 'spellcheck', origin(3), null)),
    ...facts,
  ]
  await at.store.apply([changeOf(batchId, eventOf(known))])
  await at.store.apply([changeOf(batchId, event)])
  const state = async () => BatchState.parse(await (await at.get(`/internal/v1/batches/${batchId}/state`)).json())
  const plan = async () => {
    const answer = await at.post('/internal/v1/pipelines/define', {
      batch_id: batchId,
      requested_pipeline: 'cj_assessment',
      correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
      batch_metadata: { prompt_attached: true, prompt_source: 'cms' },
    })
    return DefineResponse.parse(await answer.json()).final_pipeline
  }
  return { state, plan, at: sample.envelope['event_timestamp'] }
}

test('comparative judgement that broke down is shown, says nothing of single essays, and runs again when it is asked for', async () => {
  const { state, plan, at } = await brokenDown()
  const { broken, tally } = await state()
  expect(Object.keys(broken)).toEqual(['cj_assessment'])
  expect(Date.parse(broken['cj_assessment'] ?? '')).toBe(Date.parse(String(at)))
  expect(tally).toEqual([{ refused: false, phases: { spellcheck: 'succeeded' }, count: 2 }])
  expect(await plan()).toEqual(['cj_assessment'])
})

test('essays that were judged stay judged, whatever breaks down later', async () => {
  const judged = [E1, E2].map((id) => essaySucceeded(id, 'cj_assessment', origin(4), null))
  const { state, plan } = await brokenDown(...judged)
  expect((await state()).broken).toHaveProperty('cj_assessment')
  expect(await plan()).toEqual([])
})
