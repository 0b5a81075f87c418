import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { receive } from '../../shared/contracts/receive.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { createChance } from '../../simulator/chance.ts'
import { createFaults } from '../../simulator/faults.ts'
import { AT, command, PHASES, performance, recordOf, registration, settings } from './support.ts'

type Environment = Readonly<Record<string, string>>

/** What is said to a message on a bad way, with its times. */
const cuesOf = (message: OutgoingMessage, environment: Environment = {}) => {
  const config = settings(environment)
  const withFaults = createFaults(config, createChance(config.SIMULATOR_SEED))
  return [...withFaults(performance(message, config))].map(({ at, message: say }) => ({ at, message: say() }))
}
const saidTo = (message: OutgoingMessage, environment?: Environment) =>
  cuesOf(message, environment).map((cue) => cue.message)
const without = (message: OutgoingMessage) => [...performance(message).cues()].map((cue) => cue.message())
const bodyOf = (message: OutgoingMessage) => {
  const { event_id, ...envelope } = receive(recordOf(message)).envelope
  return { topic: message.topic, envelope }
}
const topicsOf = (messages: readonly OutgoingMessage[]) => messages.map(({ topic }) => topic)

const spellcheck = command('spellcheck', 'b-1', ['anna', 'bo', 'cleo'])

test('on a good way everything is said, once and in order', () => {
  expect(saidTo(spellcheck)).toEqual(without(spellcheck))
})

test('with a rate of 1 everything is lost', () => {
  expect(saidTo(spellcheck, { SIMULATOR_LOSS_RATE: '1' })).toEqual([])
})

test('a late message comes so much later, and says when it was made', () => {
  const environment = { SIMULATOR_LATE_RATE: '1', SIMULATOR_LATE_MS: '7000' }
  expect(cuesOf(spellcheck, environment)).toEqual(without(spellcheck).map((message) => ({ at: AT + 7_000, message })))
})

test('a repeated message says the same, at times under another event id', () => {
  const many = command(
    'spellcheck',
    'b-1',
    Array.from({ length: 30 }, (_, n) => `essay-${n}`),
  )
  const said = saidTo(many, { SIMULATOR_REPEAT_RATE: '1' })
  const once = without(many)
  expect(said.slice(0, once.length)).toEqual(once)
  const copies = said.slice(once.length)
  expect(copies.map(bodyOf)).toEqual(once.map(bodyOf))
  const fresh = copies.filter((copy, n) => copy.headers['event_id'] !== once[n]?.headers['event_id'])
  expect(fresh.length / copies.length).toBeCloseTo(0.5, 0)
  expect(fresh.length).toBeGreaterThan(0)
  expect(fresh.length).toBeLessThan(copies.length)
})

test('reordered messages are overtaken by those that should follow them', () => {
  const said = saidTo(spellcheck, { SIMULATOR_REORDER_RATE: '1' })
  expect(said).toEqual(without(spellcheck).toReversed())
})

describe('an essay that asks for it', () => {
  const asking = (wish: string) => command('spellcheck', 'b-1', ['anna', `bo-${wish}-spellcheck`])
  const THIN = TOPICS.spellcheckPhaseCompleted
  const RICH = TOPICS.spellcheckResults

  test('is lost, with what is said of its batch', () => {
    expect(topicsOf(saidTo(asking('lose')))).toEqual([THIN, RICH])
    expect(saidTo(asking('lose'))).toEqual(without(asking('lose')).slice(0, 2))
  })

  test('is late, with what is said of its batch', () => {
    expect(cuesOf(asking('late'), { SIMULATOR_LATE_MS: '500' }).map(({ at }) => at - AT)).toEqual([0, 0, 500, 500, 500])
  })

  test('is repeated, with what is said of its batch', () => {
    expect(topicsOf(saidTo(asking('repeat'))).slice(5)).toEqual([THIN, RICH, TOPICS.phaseOutcome])
  })

  test('is overtaken by the outcome of its batch', () => {
    expect(topicsOf(saidTo(asking('reorder')))).toEqual([THIN, RICH, TOPICS.phaseOutcome, RICH, THIN])
  })

  test('does so only in the phase that it names', () => {
    for (const wish of ['lose', 'late', 'repeat', 'reorder']) {
      const other = command('nlp', 'b-1', [`bo-${wish}-spellcheck`])
      expect(saidTo(other)).toEqual(without(other))
    }
  })

  test('can be of a registration: content that never comes', () => {
    expect(topicsOf(saidTo(registration('b-1', ['anna', 'bo-lose-content'])))).toEqual([TOPICS.slotAssigned])
  })
})

test('whatever the rates: nothing is invented, only loss loses, and the same again gives the same', () => {
  const share = fc.integer({ min: 0, max: 10 }).map((tenths) => String(tenths / 10))
  const history = fc.record({
    SIMULATOR_SEED: fc.string({ minLength: 1 }),
    SIMULATOR_FAILURE_RATE: share,
    SIMULATOR_LOSS_RATE: fc.oneof(fc.constant('0'), share),
    SIMULATOR_LATE_RATE: share,
    SIMULATOR_REPEAT_RATE: share,
    SIMULATOR_REORDER_RATE: share,
  })
  fc.assert(
    fc.property(history, fc.constantFrom(...PHASES), fc.integer({ min: 0, max: 6 }), (environment, phase, essays) => {
      const asked = command(
        phase,
        'b-1',
        Array.from({ length: essays }, (_, n) => `essay-${n}`),
      )
      const said = cuesOf(asked, environment)
      expect(cuesOf(asked, environment)).toEqual(said)
      const meant = [...performance(asked, settings(environment)).cues()].map((cue) => cue.message())
      const bodies = new Set(meant.map((message) => JSON.stringify(bodyOf(message))))
      const heard = new Set(said.map(({ message }) => JSON.stringify(bodyOf(message))))
      expect(heard.isSubsetOf(bodies)).toBe(true)
      if (environment.SIMULATOR_LOSS_RATE === '0') {
        expect(heard.size).toBe(bodies.size)
        const ids = new Set(said.map(({ message }) => message.headers['event_id']))
        expect(meant.every(({ headers }) => ids.has(headers['event_id']))).toBe(true)
      }
      expect(said.length).toBeLessThanOrEqual(2 * meant.length)
    }),
    { numRuns: 60 },
  )
})
