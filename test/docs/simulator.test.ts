import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createChance } from '../../simulator/chance.ts'
import { SimulatorConfig } from '../../simulator/config.ts'
import { SCENARIOS } from '../../simulator/scenarios/scenarios.ts'
import { answersOf } from '../../simulator/service.ts'
import { catalog, settings } from '../simulator/support.ts'

/** Holds `docs/simulator.md` against the simulator. What the words of its tables mean is tested in `test/simulator/`. */

const page = await Bun.file(join(import.meta.dir, '../../docs/simulator.md')).text()
/** First cells of the rows of the table under a heading. */
const column = (heading: string): readonly string[] => {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [text = ''] = section.split('\n## ')
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell)
}

test('every message that is answered is in the table of what it says', () => {
  const answered = answersOf(catalog, settings(), createChance('1')).map(({ topic }) => topic)
  expect([...column('What it says')].sort()).toEqual([...answered].sort())
})

test('every rate stands beside its word', () => {
  const rates = Object.keys(SimulatorConfig.shape).filter((name) => name.endsWith('_RATE'))
  expect(rates.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  expect([...column('What can go wrong')].sort()).toEqual(['fail', 'late', 'lose', 'reorder', 'repeat'])
})

test('every name of a setting is one', () => {
  const named = [...page.matchAll(/SIMULATOR_[A-Z_]*[A-Z]/g)].map(([name]) => name)
  expect(named.filter((name) => !(name in SimulatorConfig.shape) && name !== 'SIMULATOR')).toEqual([])
})

test('the scenarios are those that there are', () => {
  const rows = SCENARIOS.map(({ name, status, shows }) => `| \`${name}\` | \`${status}\` | ${shows} |`)
  const [, section = ''] = page.split('\n## Scenarios\n')
  expect(section.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows)
})
