import { expect, test } from 'bun:test'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import type { Planned } from '../../orchestrator/planning.ts'
import { createSettle } from '../../orchestrator/settle.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { PassingError } from '../../shared/errors.ts'
import { batchId } from '../../shared/ids.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import { bookIn, outcome, REQUEST, readyToPlan, recordingLog, render, request, runStore, start } from './support.ts'

const ID = batchId('b-1')

const settling = (planned: Planned | Error | undefined = { decision: 'start', input: start() }) => {
  const { store, clock } = runStore()
  const log = recordingLog()
  const logger = recordingLogger()
  const counted: string[] = []
  const plans: string[] = []
  const settle = createSettle({
    store,
    publish: createOutboxPublisher({ log, store, render, logger: silent }),
    async plan({ batch_id }) {
      plans.push(batch_id)
      if (planned instanceof Error) throw planned
      return planned
    },
    logger,
    metrics: {
      request: (verdict, reason) => void counted.push(`${verdict} ${reason}`),
      commanded: (phase) => void counted.push(`commanded ${phase}`),
      ended: (pipeline, status) => void counted.push(`ended ${pipeline} ${status}`),
    },
  })
  return { store, clock, log, logger, counted, plans, settle }
}

test('a request that is ready is planned and started, and each thing is counted once', async () => {
  const { store, log, counted, settle } = settling()
  await settle(ID, await readyToPlan(store, ID))
  expect(log.topics()).toEqual([
    TOPICS.runChanged,
    TOPICS.essaysRegistered,
    TOPICS.runChanged,
    TOPICS.teacherNotification,
    TOPICS.spellcheckCommand,
  ])
  expect(counted).toEqual(['accepted none', 'commanded spellcheck'])
  await settle(ID, await store.outcome(ID, outcome()))
  expect(counted.slice(2)).toEqual(['ended ai_feedback completed_successfully'])
  expect((await bookIn(store)).outbox).toEqual([])
})

test('a refusal is published and counted by the reason of its own request', async () => {
  const { store, counted, settle } = settling()
  await settle(ID, await readyToPlan(store, ID))
  await settle(ID, await store.request(ID, request({ request_id: 'another' })))
  expect(counted).toContain('refused run_active')
})

test('while something is away nothing is lost: the same words are said when it is back', async () => {
  const { store, log, counted, settle } = settling()
  const transitioned = await readyToPlan(store, ID)
  log.failures.next = 1
  await expect(settle(ID, transitioned)).rejects.toBeInstanceOf(PassingError)
  expect(counted).toEqual([])
  await settle(ID, transitioned)
  expect(counted).toEqual(['accepted none', 'commanded spellcheck'])
})

test('a passing failure of the plan leaves the request to be planned again', async () => {
  const { store, settle } = settling(new PassingError('conductor', 'away'))
  await expect(settle(ID, await readyToPlan(store, ID))).rejects.toThrow('away')
  expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'planning' }])
})

test('a plan that fails for no passing reason ends in a visible refusal, not in silence', async () => {
  const { store, logger, log, settle } = settling(new Error('a bug'))
  await settle(ID, await readyToPlan(store, ID))
  expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'refused', reason: 'planning_failed' }])
  expect(log.topics()).toContain(TOPICS.pipelineDenied)
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { request_id: REQUEST, err: 'a bug' } }])
})

test('what the planner refuses is refused', async () => {
  const refusal = { request_id: REQUEST, reason: 'prompt_missing', detail: 'nlp: prompt_missing', credits: null }
  const { store, settle } = settling({ decision: 'refuse', input: refusal })
  await settle(ID, await readyToPlan(store, ID))
  expect((await bookIn(store)).requests).toMatchObject([
    { verdict: 'refused', reason: 'prompt_missing', detail: 'nlp: prompt_missing' },
  ])
})

test('a transition that asks for no plan makes none', async () => {
  const { store, plans, settle } = settling()
  await settle(ID, await store.request(ID, request()))
  expect(plans).toEqual([])
})
