import { MalformedError } from '../../shared/errors.ts'
import { type EssayId, essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded, type Fact, type Origin } from '../state/facts.ts'

/** The essay that a message is about. Throws a MalformedError when it names none. */
export const essayOf = (id: string | null): EssayId => {
  if (id === null) throw new MalformedError('data_invalid', '/data/entity_id: the message names no essay')
  return essayId(id)
}

/** What a specialist says of one essay. */
export interface EssayResult {
  readonly essay: EssayId
  readonly phase: string
  readonly status: string
  /** The statuses that are an end. Any other says that there is nothing to know yet. */
  readonly ends: { readonly succeeded: string; readonly failed: string }
  readonly text: string | null
  readonly errorCode: unknown
}

export const essayResultFacts = (result: EssayResult, origin: Origin): readonly Fact[] => {
  const { essay, phase, status, ends, text, errorCode } = result
  if (status === ends.succeeded) return [essaySucceeded(essay, phase, origin, text)]
  if (status !== ends.failed) return []
  return [essayFailed(essay, phase, origin, { errorCode: typeof errorCode === 'string' ? errorCode : null })]
}
