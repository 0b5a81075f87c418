import { describe, expect, test } from 'bun:test'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import type { Planned } from '../../orchestrator/planning.ts'
import { createSettle } from '../../orchestrator/settle.ts'
import { bucketOf } from '../../shared/buckets.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { PassingError } from '../../shared/errors.ts'
import { batchId } from '../../shared/ids.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import {
  bookIn,
  json,
  outcome,
  REQUEST,
  readyToPlan,
  recordingLog,
  render,
  request,
  runStore,
  start,
} from './support.ts'

const ID = batchId('b-1')

const settling = (first: Planned | Error | undefined = { decision: 'start', input: start() }) => {
  let planned = first
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
  const plan = (next: Planned): void => {
    planned = next
  }
  return { store, clock, log, logger, counted, plans, plan, settle }
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
  const refusal = {
    request_id: REQUEST,
    reason: 'prompt_missing',
    detail: 'nlp: prompt_missing',
    credits: null,
    patience_ms: 0,
  }
  const { store, settle } = settling({ decision: 'refuse', input: refusal })
  await settle(ID, await readyToPlan(store, ID))
  expect((await bookIn(store)).requests).toMatchObject([
    { verdict: 'refused', reason: 'prompt_missing', detail: 'nlp: prompt_missing' },
  ])
})

describe('what may still come to be known', () => {
  const input = { request_id: REQUEST, reason: 'batch_facts_missing', detail: 'Not known.', credits: null }
  const doubted = async () => {
    const one = settling({ decision: 'refuse', input: { ...input, patience_ms: 60_000 } })
    await one.settle(ID, await readyToPlan(one.store, ID))
    return one
  }

  test('holds nobody up: the request stays, visibly, and has a timer', async () => {
    const { store, log, counted, logger } = await doubted()
    const book = await bookIn(store)
    expect(book.requests).toMatchObject([{ verdict: 'planning', reason: null }])
    expect({ outbox: book.outbox, counted }).toEqual({ outbox: [], counted: [] })
    expect(log.topics().at(-1)).toBe(TOPICS.runChanged)
    expect(log.topics()).not.toContain(TOPICS.pipelineDenied)
    const { timers } = await store.due(bucketOf(ID), 'me', 1_000, 10)
    expect(timers).toEqual([])
    expect(await store.timers(bucketOf(ID), 10)).toMatchObject([{ kind: 'wait', batchId: ID }])
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { request_id: REQUEST, reason: input.reason } }])
  })

  test('is planned again at each look, and refused when its time is over', async () => {
    const { store, clock, log, counted, plans, settle } = await doubted()
    for (let second = 1; second < 60; second++) {
      clock.now += 1_000_000
      await settle(ID, await store.expire(ID))
    }
    expect(plans).toHaveLength(60)
    expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'planning' }])
    clock.now += 1_000_000
    await settle(ID, await store.expire(ID))
    expect((await bookIn(store)).requests).toMatchObject([
      { verdict: 'refused', reason: 'batch_facts_missing', detail: 'Not known.' },
    ])
    expect(counted).toEqual(['refused batch_facts_missing'])
    const denied = log.published.find(({ topic }) => topic === TOPICS.pipelineDenied)
    expect(denied && json(denied).data).toMatchObject({ denial_reason: 'batch_facts_missing' })
    expect(await store.timers(bucketOf(ID), 10)).toEqual([])
  })

  test('is started once it is known', async () => {
    const { store, clock, settle, plan } = await doubted()
    plan({ decision: 'start', input: start() })
    clock.now += 1_000_000
    await settle(ID, await store.expire(ID))
    expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'accepted', run_id: 'run-1' }])
  })
})

test('a transition that asks for no plan makes none', async () => {
  const { store, plans, settle } = settling()
  await settle(ID, await store.request(ID, request()))
  expect(plans).toEqual([])
})
