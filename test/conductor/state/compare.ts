import type { BatchChange } from '../../../conductor/state/facts.ts'
import type { Essay } from '../../../conductor/state/port.ts'
import type { Heard } from './histories.ts'
import type { createOracle } from './oracle.ts'

/** A fixed value to start from, and a fresh one each time; BATON_SEED runs a value that was reported again. */
export const SEEDS = [20_261_124, Number(process.env['BATON_SEED'] ?? Date.now() % 2 ** 31)]

/** What a fetch says, batch by batch. */
export const changesOf = (fetch: readonly Heard[]): readonly BatchChange[] => {
  const perBatch = Map.groupBy(fetch, ({ batchId }) => batchId)
  return [...perBatch].map(([batchId, heard]) => ({ batchId, events: heard.map(({ event }) => event) }))
}

type OracleEssay = ReturnType<ReturnType<typeof createOracle>['essays']>[number]

/** An essay of a store in the oracle's form. */
export const plain = ({ essayId, text, refused, phases }: Essay) => ({
  essayId,
  text,
  refused,
  phases: Object.fromEntries(phases),
})
export const withoutSettled = ({ phases, ...essay }: OracleEssay) => ({
  ...essay,
  phases: Object.fromEntries(Object.entries(phases).map(([phase, { settled: _, ...fact }]) => [phase, fact])),
})
export const signatureOf = ({ refused, phases }: OracleEssay): string =>
  [
    ...(refused === null ? [] : ['!']),
    ...Object.entries(phases)
      .map(([phase, { outcome, settled }]) => phase + (outcome === 'succeeded' ? '+' : settled ? '-' : '~'))
      .sort(),
  ].join()
