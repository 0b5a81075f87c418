import { z } from 'zod'
import { type EssayId, essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded, type Fact, type Origin } from '../state/facts.ts'

const Ids = z.array(z.string()).catch([])

/** The wire does not check the inner shape of a summary: a list that is none names no essay. */
const essaysIn = (summary: Readonly<Record<string, unknown>>, field: string): readonly EssayId[] =>
  Ids.parse(summary[field]).map(essayId)

/**
 * What a specialist's summary of a whole batch says of its essays. Its failures are not settled: what became of the phase
 * says the batch outcome, which follows.
 */
export const summaryFacts = (
  summary: Readonly<Record<string, unknown>>,
  phase: string,
  origin: Origin,
): readonly Fact[] => [
  ...essaysIn(summary, 'successful_essay_ids').map((id) => essaySucceeded(id, phase, origin, null)),
  ...essaysIn(summary, 'failed_essay_ids').map((id) => essayFailed(id, phase, origin, {})),
]
