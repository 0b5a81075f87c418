import { expect, test } from 'bun:test'
import { describeEngines, uniquePrefix } from '../../support/engines.ts'
import { reportOf, runDyingGateways } from './dying-gateways.ts'

/** `npm run dying-gateways` in short; more by the command. */
const SHORT = { runs: 30, workers: 30, everyMs: 300, limitMs: 60_000 }

describeEngines(
  'clients of the console behind gateways and a proxy that are killed in turn',
  ({ brokers, redisUrl }) => {
    test('ids only grow in every client, and the last state of each is the newest', async () => {
      const where = { brokers: brokers.join(','), redisUrl, prefix: uniquePrefix() }
      const result = await runDyingGateways({ ...where, ...SHORT }, () => {})
      const { lines, ok } = reportOf(result, SHORT.runs)
      expect({ ok, lines }).toEqual({ ok: true, lines })
      // Every client has lived through a death.
      expect(result.streams).toBeGreaterThan(SHORT.runs)
      expect(Object.values(result.deaths).every((times) => times >= 1)).toBe(true)
    }, 180_000)
  },
)
