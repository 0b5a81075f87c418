import { describe, expect, test } from 'bun:test'
import type { PlanInput } from '../../../conductor/planning/plan.ts'
import { catalog, decisions, planOf } from './support.ts'

/**
 * The rules of when a phase is skipped, sentence by sentence as the design states them. What an outcome means and how a
 * run ends is held in the same way by test/orchestrator/runs/rules.test.ts.
 */

interface Row {
  readonly given: Readonly<Record<string, number>>
  readonly asked?: Partial<PlanInput>
  readonly phases?: Parameters<typeof catalog>
  /** Of the first phase, unless it names more. */
  readonly plan: string | Readonly<Record<string, string>>
  readonly eligible?: number
}

const retry = { isRetry: true }
const essays = { scope: 'essay' }
const batch = { scope: 'batch' }

const RULES: readonly (readonly [sentence: string, ...rows: readonly Row[]])[] = [
  ['eligible essays = registered', { given: { '': 3 }, plan: 'run not_started 3', eligible: 3 }],
  [
    'less those that content validation refused',
    { given: { '': 2, '!': 1 }, plan: 'run not_started 2', eligible: 2 },
    { given: { '!': 3 }, plan: 'skip no_eligible_essays 0', eligible: 0 },
    { given: { 'first+': 2, '!,first-': 1 }, plan: 'skip already_completed 0', eligible: 2 },
  ],
  [
    'less those that failed in a dependency',
    { given: { 'first+': 2, 'first-': 1 }, plan: { first: 'skip outcome_recorded 0', second: 'run not_started 2' } },
    {
      given: { 'first+,second+': 2, 'first-': 1 },
      plan: { first: 'skip outcome_recorded 0', second: 'skip already_completed 0' },
    },
  ],
  [
    'skip when every eligible essay succeeded',
    { given: { 'first+': 3 }, plan: 'skip already_completed 0' },
    { given: { 'first+': 3 }, asked: retry, plan: 'skip already_completed 0' },
    { given: { 'first+': 3 }, phases: [batch], plan: 'skip already_completed 0' },
    { given: { 'first+': 2, 'first~': 1 }, plan: 'run not_complete 1' },
  ],
  [
    'or when the last recorded outcome covered all that are eligible now',
    { given: { 'first+': 1, 'first-': 2 }, plan: 'skip outcome_recorded 0' },
    { given: { 'first+': 1, 'first-': 2, '!': 4 }, plan: 'skip outcome_recorded 0' },
    { given: { 'first+': 1, 'first-': 1, '': 1 }, plan: 'run not_complete 2' },
    { given: { 'first+': 1, 'first-': 1, 'first~': 1 }, plan: 'run not_complete 2' },
  ],
  [
    '... met min_success',
    { given: { 'first+': 2, 'first-': 1 }, phases: [{ min_success: '60%' }], plan: 'skip outcome_recorded 0' },
    { given: { 'first+': 2, 'first-': 1 }, phases: [{ min_success: '67%' }], plan: 'run below_min_success 1' },
    { given: { 'first+': 2, 'first-': 1 }, phases: [{ min_success: 'all' }], plan: 'run below_min_success 1' },
  ],
  [
    '... and the request is no retry',
    { given: { 'first+': 1, 'first-': 2 }, asked: retry, plan: 'run retry_failed 2' },
  ],
  [
    'else run: for eligible essays without success (scope: essay)',
    { given: { 'first+': 5, '': 1, '!': 1 }, phases: [essays], plan: 'run not_complete 1' },
    { given: { 'first+': 5, 'first-': 2 }, asked: retry, phases: [essays], plan: 'run retry_failed 2' },
  ],
  [
    'or for all eligible (scope: batch)',
    { given: { 'first+': 5, '': 1, '!': 1 }, phases: [batch], plan: 'run whole_batch 6' },
    { given: { 'first+': 5, 'first-': 2 }, asked: retry, phases: [batch], plan: 'run retry_failed 7' },
  ],
  [
    'min_success is any by default, all, or a percentage',
    { given: { 'first+': 1, 'first-': 99 }, plan: 'skip outcome_recorded 0' },
    { given: { 'first-': 100 }, plan: 'run below_min_success 100' },
    { given: { 'first+': 99, 'first-': 1 }, phases: [{ min_success: 'all' }], plan: 'run below_min_success 1' },
    { given: { 'first+': 50, 'first-': 50 }, phases: [{ min_success: '50%' }], plan: 'skip outcome_recorded 0' },
  ],
  [
    'failed essays run again only by a retry',
    { given: { 'first+': 1, 'first-': 2 }, plan: { first: 'skip outcome_recorded 0', second: 'run not_started 1' } },
    {
      given: { 'first+': 1, 'first-': 2 },
      asked: retry,
      plan: { first: 'run retry_failed 2', second: 'run not_started 3' },
    },
  ],
  [
    'a request where everything is already done has all phases skipped',
    {
      given: { 'first+,second+': 3 },
      plan: { first: 'skip already_completed 0', second: 'skip already_completed 0' },
    },
  ],
]

describe.each(RULES.map(([sentence, ...rows]) => [sentence, rows] as const))('%s', (_, rows) => {
  test.each(rows.map((row) => [JSON.stringify(row), row] as const))(
    '%s',
    (__, { given, asked, phases = [], ...row }) => {
      const wanted = typeof row.plan === 'string' ? { first: row.plan } : row.plan
      const plan = planOf('second' in wanted ? 'both' : 'first', given, asked, catalog(...phases))
      expect(decisions(plan)).toEqual(wanted)
      if (row.eligible !== undefined) expect(plan.phases[0]?.counts.eligible).toBe(row.eligible)
      const running = Object.keys(wanted).filter((phase) => wanted[phase]?.startsWith('run'))
      expect<readonly string[]>(plan.finalPipeline).toEqual(running)
    },
  )
})
