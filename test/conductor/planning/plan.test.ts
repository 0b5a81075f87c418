import { describe, expect, test } from 'bun:test'
import type { PlanInput } from '../../../conductor/planning/plan.ts'
import { catalog, decisions, planOf } from './support.ts'

const first = { isRetry: false }
const retry = { isRetry: true }

describe('when a phase is skipped', () => {
  test.each<[string, Record<string, number>, string, Partial<PlanInput>]>([
    ['nothing is known', { '': 3 }, 'run not_started 3', first],
    ['every eligible essay succeeded', { 'first+': 3 }, 'skip already_completed 0', first],
    ['every essay that was not refused succeeded', { 'first+': 2, '!': 1 }, 'skip already_completed 0', first],
    ['every eligible essay succeeded, and it is a retry', { 'first+': 3 }, 'skip already_completed 0', retry],
    ['some succeeded and the others are unknown', { 'first+': 2, '': 1 }, 'run not_complete 1', first],
    ['an outcome covers all, and one succeeded', { 'first+': 1, 'first-': 2 }, 'skip outcome_recorded 0', first],
    ['an outcome covers all, and it is a retry', { 'first+': 1, 'first-': 2 }, 'run retry_failed 2', retry],
    ['an outcome covers all, and none succeeded', { 'first-': 3 }, 'run below_min_success 3', first],
    ['an outcome covers all, none succeeded, and it is a retry', { 'first-': 3 }, 'run below_min_success 3', retry],
    ['an essay failed, and no outcome says so yet', { 'first+': 2, 'first~': 1 }, 'run not_complete 1', first],
    ['an outcome covers all but one essay', { 'first+': 1, 'first-': 1, '': 1 }, 'run not_complete 2', first],
    ['all essays were refused', { '!': 3 }, 'skip no_eligible_essays 0', first],
    ['a refused essay succeeded nevertheless', { '!,first+': 1, '': 1 }, 'run not_started 1', first],
  ])('%s', (_, counts, expected, over) => {
    expect(decisions(planOf('first', counts, over))).toEqual({ first: expected })
  })

  test.each([
    ['any', { 'first+': 1, 'first-': 9 }, 'skip outcome_recorded 0', first],
    ['all', { 'first+': 9, 'first-': 1 }, 'run below_min_success 1', first],
    ['80%', { 'first+': 8, 'first-': 2 }, 'skip outcome_recorded 0', first],
    ['80%', { 'first+': 79, 'first-': 21 }, 'run below_min_success 21', first],
  ])('min_success %s of %p', (min_success, counts, expected) => {
    expect(decisions(planOf('first', counts, {}, catalog({ min_success })))).toEqual({ first: expected })
  })
})

describe('a phase of scope batch', () => {
  const from = catalog({ scope: 'batch' })
  test.each<[string, Record<string, number>, string, Partial<PlanInput>]>([
    [
      'runs with all eligible essays when one has no success',
      { 'first+': 2, '': 1, '!': 1 },
      'run whole_batch 3',
      first,
    ],
    ['runs with all of them for the first time', { '': 3 }, 'run not_started 3', first],
    ['runs with all of them in a retry', { 'first+': 2, 'first-': 1 }, 'run retry_failed 3', retry],
    ['is skipped when all succeeded', { 'first+': 3 }, 'skip already_completed 0', first],
  ])('%s', (_, counts, expected, over) => {
    expect(decisions(planOf('first', counts, over, from))).toEqual({ first: expected })
  })
})

describe('what a phase depends on', () => {
  test('an essay that failed there is not eligible', () => {
    const plan = planOf('both', { 'first+': 2, 'first-': 1 })
    expect(decisions(plan)).toEqual({ first: 'skip outcome_recorded 0', second: 'run not_started 2' })
    expect(plan.phases[1]?.counts).toEqual({ registered: 3, refused: 0, eligible: 2, succeeded: 0, failed: 0 })
  })

  test('nor is it two phases further on', () => {
    expect(decisions(planOf('all', { 'first+,second+': 2, 'first-': 1 }))).toEqual({
      first: 'skip outcome_recorded 0',
      second: 'skip already_completed 0',
      third: 'run not_started 2',
    })
  })

  test('a retry that runs it again makes the essay eligible', () => {
    expect(decisions(planOf('both', { 'first+,second+': 2, 'first-': 1 }, retry))).toEqual({
      first: 'run retry_failed 1',
      second: 'run not_complete 1',
    })
  })

  test('a request for a later phase brings what it depends on', () => {
    expect(planOf('second', { '': 1 }).finalPipeline).toEqual(['first', 'second'])
  })
})

describe('what is missing', () => {
  const needsPrompt = catalog({ needs_prompt: true }, { needs_prompt: true })

  test('every phase that would run without its prompt is blocked, and nothing runs', () => {
    const plan = planOf('all', { '': 2 }, { hasPrompt: false }, needsPrompt)
    expect(decisions(plan)).toEqual({
      first: 'blocked prompt_missing 2',
      second: 'blocked prompt_missing 2',
      third: 'run not_started 2',
    })
    expect(plan.finalPipeline).toEqual([])
  })

  test('a phase that is skipped needs no prompt', () => {
    const plan = planOf('both', { 'first+,second+': 2 }, { hasPrompt: false }, needsPrompt)
    expect(plan.phases.map(({ decision }) => decision)).toEqual(['skip', 'skip'])
  })

  test.each<[Partial<PlanInput>, string]>([
    [{ isRegistered: false, content: 'pending' }, 'batch_not_registered'],
    [{ content: 'pending' }, 'content_not_ready'],
    [{ content: 'failed' }, 'content_failed'],
  ])('%p blocks every phase', (over, reason) => {
    const plan = planOf('both', over.isRegistered === false ? {} : { '': 2 }, over)
    expect<unknown>(plan.phases.map((p) => [p.decision, p.reason])).toEqual([
      ['blocked', reason],
      ['blocked', reason],
    ])
    expect(plan.finalPipeline).toEqual([])
  })
})

test('what is planned depends on signatures, not on how many essays have them', () => {
  const small = planOf('all', { 'first+': 2, '': 1 })
  const large = planOf('all', { 'first+': 200_000, '': 100_000 })
  expect(large.phases.map(({ decision, reason }) => [decision, reason])).toEqual(
    small.phases.map(({ decision, reason }) => [decision, reason]),
  )
  expect(large.phases[0]?.essay_count).toBe(100_000)
})
