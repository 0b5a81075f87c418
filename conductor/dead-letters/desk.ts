import { MalformedError } from '../../shared/errors.ts'
import type { Decider } from '../../shared/http/audit.ts'
import type { EventLog, Position } from '../../shared/log/port.ts'
import { decisionMessage, redrivenMessage } from './messages.ts'
import type { DeadLetterStore, Letter, LetterDecision } from './port.ts'
import type { LetterFilter, LetterSearch } from './search.ts'

/** Letters named one by one, or the newest `limit` that match. */
export type Selection =
  | { readonly letterIds: readonly string[] }
  | { readonly filter: LetterFilter; readonly limit: number }

export type RedriveOutcome = 'redriven' | 'would_be_redriven' | 'already_redriven' | 'not_redrivable' | 'not_found'

export interface Redriven {
  readonly letterId: string
  readonly letter: Letter | undefined
  readonly outcome: RedriveOutcome
  /** Where the record lies now. */
  readonly position: Position | undefined
}

export interface DeskDeps {
  readonly store: DeadLetterStore
  readonly search: LetterSearch
  readonly log: Pick<EventLog, 'publish'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Hears of every decision that was made. */
  readonly audit: (letter: Letter, decision: LetterDecision, decider: Decider) => void
}

/** Letters that are in hand at the same time. */
const AT_ONCE = 50

/**
 * Works dead letters off. A decision counts once the log has it, and is then noted in the index: after a crash between the
 * two the letter looks undecided until the index has read the log, and asking again sends what has the same ids, so that
 * the effect is that of once.
 */
export const createDeadLetterDesk = ({ store, search, log, clock, audit }: DeskDeps) => {
  const select = async (selection: Selection) => {
    if ('letterIds' in selection) {
      const ids = [...new Set(selection.letterIds)]
      const found = await Promise.all(ids.map((letterId) => search.find(letterId)))
      return { selected: ids.map((letterId, i) => ({ letterId, letter: found[i] })), more: false }
    }
    const { letters, next } = await search.list(selection.filter, null, selection.limit)
    // Oldest first, so that records of one batch come in their order.
    const selected = letters.reverse().map((letter) => ({ letterId: letter.head.id, letter }))
    return { selected, more: next !== null }
  }

  const decide = async (letter: Letter, decision: LetterDecision, decider: Decider) => {
    await store.decide(letter.head.topic, letter.head.id, decision)
    audit(letter, decision, decider)
  }

  const redriveOne = async (letter: Letter, decider: Decider): Promise<Position | undefined> => {
    const whole = await store.read(letter.head.topic, letter.head.id)
    const decision = decisionOf('redriven', decider, clock())
    const message = whole && redrivenMessage(letter.head, whole.body, decision.decidedAt)
    if (!message) return undefined
    const [position] = await log.publish([message, decisionMessage(letter.head, decision, decider.correlationId)])
    await decide(letter, decision, decider)
    return position
  }

  const redrive = async (letterId: string, letter: Letter | undefined, decider: Decider | 'preview') => {
    const as = (outcome: RedriveOutcome, position?: Position): Redriven => ({ letterId, letter, outcome, position })
    if (!letter) return as('not_found')
    if (letter.decision?.verdict === 'redriven') return as('already_redriven')
    if (!letter.head.redrivable) return as('not_redrivable')
    if (decider === 'preview') return as('would_be_redriven')
    try {
      const position = await redriveOne(letter, decider)
      return position ? as('redriven', position) : as('not_redrivable')
    } catch (thrown) {
      // Larger than its topic allows by now; whatever else is in the way is for the caller to try again.
      if (thrown instanceof MalformedError) return as('not_redrivable')
      throw thrown
    }
  }

  return {
    /** Sends letters to where they came from; with `preview` only says what would happen. */
    async redrive(selection: Selection, decider: Decider | 'preview') {
      const { selected, more } = await select(selection)
      const results: Redriven[] = []
      for (let first = 0; first < selected.length; first += AT_ONCE) {
        const chunk = selected.slice(first, first + AT_ONCE)
        results.push(...(await Promise.all(chunk.map(({ letterId, letter }) => redrive(letterId, letter, decider)))))
      }
      return { results, more }
    },

    /** Puts a letter aside. A redriven one stays redriven; undefined when there is no such letter. */
    async park(letterId: string, decider: Decider): Promise<Letter | undefined> {
      const letter = await search.find(letterId)
      if (!letter || letter.decision?.verdict === 'redriven') return letter
      const decision = decisionOf('parked', decider, clock())
      await log.publish([decisionMessage(letter.head, decision, decider.correlationId)])
      await decide(letter, decision, decider)
      return { ...letter, decision }
    },
  }
}
export type DeadLetterDesk = ReturnType<typeof createDeadLetterDesk>

const decisionOf = (verdict: LetterDecision['verdict'], decider: Decider, decidedAt: number): LetterDecision => ({
  verdict,
  decidedBy: decider.service,
  userId: decider.userId,
  decidedAt,
})
