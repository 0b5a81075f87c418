import { test } from 'bun:test'
import fc from 'fast-check'
import { histories, play } from './play.ts'

/** More of them with `BATON_HISTORIES`. */
const HISTORIES = Math.max(100_000, Number(process.env['BATON_HISTORIES'] ?? 0))
const seed = Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)

test(`the reducers keep their promises in each of ${HISTORIES} histories (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(histories, (steps) => play(steps)),
    { seed, numRuns: HISTORIES },
  )
}, 600_000)
