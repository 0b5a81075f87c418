import { useCallback, useEffect, useEffectEvent, useState } from 'react'

export interface Asked<Answer> {
  /** The newest answer; kept while the same question is asked again. */
  readonly answer: Answer | undefined
  /** Why the newest try failed. */
  readonly error: unknown
  readonly isLoading: boolean
  /** Asks once more. */
  readonly again: () => void
}

interface Settled<Answer> {
  readonly question: string
  readonly turn: string
  readonly answer: Answer | undefined
  readonly error: unknown
}

/**
 * What an API call answers to a question, asked anew when the question's text changes. What comes after a newer question
 * was asked is dropped. An undefined question is not asked. With another `version` the same question is asked once more,
 * and the answer that is known stays until the new one is there.
 */
export const useAnswer = <Answer>(
  question: string | undefined,
  ask: () => Promise<Answer>,
  version = '',
): Asked<Answer> => {
  const [settled, setSettled] = useState<Settled<Answer>>()
  const [round, setRound] = useState(0)
  const again = useCallback(() => setRound((before) => before + 1), [])
  const turn = `${round} ${version}`
  const askNow = useEffectEvent(ask)

  useEffect(() => {
    if (question === undefined) return
    let isNewest = true
    askNow().then(
      (answer) => isNewest && setSettled({ question, turn, answer, error: undefined }),
      (error: unknown) =>
        isNewest &&
        setSettled((before) => ({
          question,
          turn,
          answer: before?.question === question ? before.answer : undefined,
          error,
        })),
    )
    return () => {
      isNewest = false
    }
  }, [question, turn])

  const known = settled?.question === question ? settled : undefined
  const isLoading = question !== undefined && known?.turn !== turn
  return { answer: known?.answer, error: known?.error, isLoading, again }
}
