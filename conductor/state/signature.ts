import { type EssayId, essayId } from '../../shared/ids.ts'

/**
 * What matters of an essay for a plan, as one short text such as `!` or `nlp-,spellcheck+`. A batch's **tally** counts
 * its registered essays by signature; every question of a plan is answered from it, at a cost that depends on the
 * number of phases and not on the number of essays (invariant 6).
 */
export interface Signature {
  /** Content validation refused the essay. */
  readonly refused: boolean
  readonly phases: ReadonlyMap<string, PhaseFact>
}

/** `settled`: a batch outcome said so; `unsettled`: only an event of the essay itself did. */
export type PhaseFact = 'succeeded' | 'failed_settled' | 'failed_unsettled'

/** How many of the registered essays have each signature. */
export type Tally = readonly { readonly signature: Signature; readonly count: number }[]

const FACT_OF_MARK: Readonly<Record<string, PhaseFact>> = {
  '+': 'succeeded',
  '-': 'failed_settled',
  '~': 'failed_unsettled',
}
export const MARK_OF_FACT: Readonly<Record<PhaseFact, string>> = {
  succeeded: '+',
  failed_settled: '-',
  failed_unsettled: '~',
}
export const REFUSED_MARK = '!'

/** Reads a signature back. Throws when it is none: that is a bug of a script of ours. */
export const parseSignature = (text: string): Signature => {
  const parts = text === '' ? [] : text.split(',')
  const phases = new Map<string, PhaseFact>()
  for (const part of parts) {
    if (part === REFUSED_MARK) continue
    const fact = FACT_OF_MARK[part.slice(-1)]
    if (fact === undefined) throw new Error(`not a signature: ${text}`)
    phases.set(part.slice(0, -1), fact)
  }
  return { refused: parts.includes(REFUSED_MARK), phases }
}

/** Some of the registered essays that have a signature. */
export interface NamedEssays {
  readonly signature: Signature
  readonly essayIds: readonly EssayId[]
}

/** A tally from signatures and their counts as they are stored; sorted, so that equal tallies look equal. */
export const tallyOf = (counts: Iterable<readonly [signature: string, count: number]>): Tally =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([signature, count]) => ({ signature: parseSignature(signature), count }))

export const namedOf = (
  essays: Iterable<readonly [signature: string, ids: readonly string[]]>,
): readonly NamedEssays[] =>
  [...essays]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([signature, ids]) => ({ signature: parseSignature(signature), essayIds: ids.map(essayId) }))

/** How many registered essays a test holds for. */
export const countWhere = (tally: Tally, test: (signature: Signature) => boolean): number =>
  tally.reduce((sum, { signature, count }) => (test(signature) ? sum + count : sum), 0)
