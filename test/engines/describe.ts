import { describe } from 'bun:test'
import { type EnginePrograms, findEngines, installEngines } from './install.ts'

/**
 * `describe` for tests that stop, flush or secure engines, and so start nodes of their own. Where engines are required
 * they are installed when they are missing; elsewhere the tests are skipped, with a name that says so.
 */
export const describeOwnEngines = (name: string, body: (programs: () => Promise<EnginePrograms>) => void): void => {
  const programs = () => installEngines(() => {})
  if (findEngines() === undefined && !process.env['BATON_ENGINES'])
    describe.skip(`${name} (needs Kafka and Redis: npm run test:engines)`, () => body(programs))
  else describe(name, () => body(programs))
}
