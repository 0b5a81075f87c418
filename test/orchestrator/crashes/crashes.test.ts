import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { BUCKETS } from '../../../shared/buckets.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { json, NOW, phase as planned } from '../support.ts'
import {
  type Answer,
  createWorld,
  type Disturbed,
  type Ground,
  memoryGround,
  PHASE_OF,
  type Scenario,
  UNDISTURBED,
} from './world.ts'

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
  unplannable: fc.option(fc.constantFrom(0, 1), { freq: 8 }),
})
/** After how many awaits each disturbance comes: a history has some hundred. */
const gaps = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 })
const disturbances: fc.Arbitrary<Disturbed> = fc.record({
  crashes: gaps,
  moves: gaps,
  away: fc.integer({ min: 0, max: 3 }),
  linger: fc.integer({ min: 0, max: 3 }),
})

const played = async (scenario: Scenario, disturbed: Disturbed, ground = memoryGround()) => {
  const world = createWorld(scenario, disturbed, ground)
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

const seed = Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)

/** Plays so many scenarios, each disturbed on a ground of its own and undisturbed on the reducers. */
const playAll = async (histories: number, groundFor: () => Ground): Promise<void> => {
  const seen = { crashes: 0, moves: 0, away: 0 }
  await fc.assert(
    fc.asyncProperty(scenarios, disturbances, async (scenario, disturbed) => {
      const [world, smooth] = [await played(scenario, disturbed, groundFor()), await played(scenario, UNDISTURBED)]
      seen.crashes += disturbed.crashes.length - world.spared().crashes
      seen.moves += disturbed.moves.length - world.spared().moves
      seen.away += disturbed.away
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

      // The log knows the newest book, so that a lost store comes back as it was: whoever restores takes the newest of all.
      const books = world.published().filter(({ topic }) => topic === TOPICS.runChanged)
      const revisions = books.map((book) => Number(json(book).data.revision))
      const newest = Number((await world.book()).book_revision)
      expect(Math.max(...revisions)).toBe(newest)
      // It also stands last, unless a member that had lost its partition said an old one and was gone before it could see that.
      if (disturbed.moves.length === 0 || disturbed.crashes.length === 0) expect(revisions.at(-1)).toBe(newest)
    }),
    { seed, numRuns: histories },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(histories / 2)
}

describe('whichever await it crashes at or loses its partition at, all ends as it would have, and nothing is said under two ids', () => {
  const HISTORIES = Math.max(600, Number(process.env['BATON_HISTORIES'] ?? 0))
  test(`on the reducers (seed ${seed})`, () => playAll(HISTORIES, memoryGround), 300_000)
})

describeRedis('the same on Redis', (url) => {
  const HISTORIES = Math.max(100, Number(process.env['BATON_HISTORIES'] ?? 0) / 10)
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  afterAll(() => redis.close())

  test(`all ends as it would have, and nothing is said under two ids (seed ${seed})`, async () => {
    // One store for all of them, each with a batch of its own; their clock goes on, as it does in a Redis.
    const clock = { now: NOW * 1_000 }
    const store = createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => clock.now })
    await store.revive(await store.restoring(Array.from({ length: BUCKETS }, (_, bucket) => bucket)))
    await playAll(HISTORIES, () => ({ store, clock }))
  }, 300_000)
})
