import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { json, phase as planned } from '../support.ts'
import { createCrashes } from './crashing.ts'
import { type Answer, createWorld, PHASE_OF, type Scenario } from './world.ts'

const rule = fc.record({ min_percent: fc.constantFrom(0, 50, 100), attempts: fc.constantFrom(1, 2) })
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  plan: fc
    .record({
      execution: fc.constantFrom('sequential' as const, 'parallel' as const),
      rules: fc.tuple(rule, rule, rule),
    })
    .map(({ execution, rules: [first, second, third] }) => ({
      execution,
      phases: [
        planned({ phase: 'spellcheck', ...first }),
        planned({
          phase: 'nlp',
          depends_on: execution === 'parallel' ? [] : ['spellcheck'],
          produces_text: false,
          ...second,
        }),
        planned({ phase: 'ai_feedback', depends_on: ['spellcheck', 'nlp'], produces_text: false, ...third }),
      ],
    })),
  answers: fc.array(fc.constantFrom<Answer>('succeeds', 'succeeds', 'fails', 'half', 'twice', 'nothing'), {
    minLength: 1,
    maxLength: 6,
  }),
  cancelBefore: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 5 }),
  askBefore: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 2 }),
})
/** After how many awaits each crash comes: a history has some hundred. */
const gaps = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 })

const played = async (scenario: Scenario, crashes: readonly number[]) => {
  const world = createWorld(scenario, createCrashes(crashes))
  await world.play()
  return world
}
type World = Awaited<ReturnType<typeof played>>

/** How everything ended; times are left out. */
const endOf = async (world: World) => {
  const { runs, requests, pending, outbox } = await world.book()
  return {
    ...{ pending, outbox },
    requests: requests.map(({ request_id, verdict, reason }) => [request_id, verdict, reason]),
    runs: runs.map(({ run_id, status, phases, failed_essay_count }) => ({
      ...{ run_id, status, failed_essay_count },
      phases: phases.map(({ phase, status, attempt, total, succeeded, failed, error }) => ({
        ...{ phase, status, attempt, total, succeeded, failed, error },
      })),
    })),
  }
}

/** Topic and event id of all that was said, each once. How many books there are depends on the crashes. */
const idsSaid = (world: World): readonly string[] => {
  const said = world.published().filter(({ topic }) => topic !== TOPICS.runChanged)
  return [...new Set(said.map((message) => `${message.topic} ${json(message).event_id}`))].sort()
}

/** How many ids a topic may have: a command's for each attempt, an end's for each run. */
const mostOf = (topic: string, runs: Awaited<ReturnType<typeof endOf>>['runs']): number => {
  if (topic === TOPICS.pipelineCompleted) return runs.length
  const name = PHASE_OF.get(topic)
  if (name === undefined) return Number.POSITIVE_INFINITY
  return runs.flatMap(({ phases }) => phases).reduce((sum, one) => sum + (one.phase === name ? one.attempt : 0), 0)
}

const HISTORIES = Math.max(600, Number(process.env['BATON_HISTORIES'] ?? 0))
const seed = Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)

test('whichever await it crashes at, all ends as it would have, and nothing is said under two ids', async () => {
  let crashed = 0
  await fc.assert(
    fc.asyncProperty(scenarios, gaps, async (scenario, crashes) => {
      const [world, smooth] = [await played(scenario, crashes), await played(scenario, [])]
      crashed += crashes.length
      const end = await endOf(world)
      expect(end.runs.filter(({ status }) => status === 'processing')).toEqual([])
      expect([end.pending, end.outbox]).toEqual([null, []])

      const said = idsSaid(world)
      for (const [topic, ids] of Map.groupBy(said, (place) => place.split(' ')[0] ?? ''))
        expect(ids.length).toBeLessThanOrEqual(mostOf(topic, end.runs))
      // When nobody cancels or asks meanwhile, which a crash may put before or after something else, all is as without one.
      if (scenario.cancelBefore === null && scenario.askBefore === null) {
        expect(end).toEqual(await endOf(smooth))
        expect(said).toEqual(idsSaid(smooth))
      }

      // The log knows the last book, so that a lost store comes back as it was.
      const lastBook = world.published().findLast(({ topic }) => topic === TOPICS.runChanged)
      expect(lastBook && json(lastBook).data.revision).toBe((await world.book()).book_revision)
    }),
    { seed, numRuns: HISTORIES },
  )
  expect(crashed).toBeGreaterThan(HISTORIES)
}, 300_000)
