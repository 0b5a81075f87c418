import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Status } from '../../../simulator/scenarios/client.ts'
import { createScenarioPlayer } from '../../../simulator/scenarios/play.ts'
import { SCENARIOS } from '../../../simulator/scenarios/scenarios.ts'
import { startEmbedded } from '../../support/embedded.ts'
import { catalog } from '../support.ts'

/** Every scenario, against all services in one process. */

const played = new Map<string, Promise<Status>>()
let stop = async () => {}

beforeAll(async () => {
  const baton = await startEmbedded({
    catalog,
    environment: { SIMULATOR_PHASE_MS: '5', SIMULATOR_LATE_MS: '100' },
  })
  stop = baton.stop
  const { client } = baton
  const play = createScenarioPlayer({
    client,
    sleep: Bun.sleep,
    clock: Date.now,
    print() {},
    everyMs: 10,
    limitMs: 60_000,
  })
  for (const scenario of SCENARIOS) played.set(scenario.name, play(scenario))
  // A scenario that fails is the failure of its own test.
  await Promise.allSettled(played.values())
}, 90_000)
afterAll(() => stop())

const end = async (name: string): Promise<Status> => {
  const status = await played.get(name)
  if (!status) throw new Error(`there is no scenario ${name}`)
  return status
}

for (const { name, shows, status } of SCENARIOS)
  test(`${name}: ${shows}: ${status}`, async () => {
    expect((await end(name)).status).toBe(status)
  })

describe('what a scenario shows is there to see:', () => {
  const phasesOf = async (name: string) =>
    (await end(name)).details.run?.phases.map(({ phase, status }) => `${phase} ${status}`)
  const verdictsOf = async (name: string) =>
    (await end(name)).details.requests.map(({ verdict, reason }) => `${verdict} ${reason}`)

  test('a request that waits', async () => {
    expect(await verdictsOf('waiting-request')).toEqual(['waiting_for_content null'])
  })

  test('an essay that was refused', async () => {
    const { essays } = (await end('refused-content')).details
    expect(essays.map(({ essay_id, refused }) => [essay_id, refused])).toEqual([
      ['anna', null],
      ['bo-fail-content', 'VALIDATION_ERROR'],
    ])
  })

  test('phases that were skipped, and phases that could not run', async () => {
    expect(await phasesOf('skipped')).toEqual(['spellcheck skipped', 'cj_assessment completed_successfully'])
    expect(await phasesOf('failed')).toEqual([
      'spellcheck failed',
      'nlp skipped_due_to_dependency_failure',
      'ai_feedback skipped_due_to_dependency_failure',
    ])
  })

  test('a phase that waits for its specialist', async () => {
    expect(await phasesOf('processing')).toEqual(['spellcheck running', 'nlp pending'])
  })

  test('a phase that was cancelled, and one that was never begun', async () => {
    expect(await phasesOf('cancelled')).toEqual(['spellcheck cancelled', 'nlp cancelled'])
  })

  test('a request that was refused', async () => {
    expect(await verdictsOf('refused-request')).toEqual(['accepted null', 'refused run_active'])
  })

  test('messages on a bad way that change nothing', async () => {
    const { phases } = (await end('bad-way')).details
    expect(phases.filter(({ succeeded }) => succeeded > 0).map(({ succeeded, failed }) => [succeeded, failed])).toEqual(
      [
        [3, 0],
        [3, 0],
        [3, 0],
      ],
    )
  })
})
