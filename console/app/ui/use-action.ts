import { useState } from 'react'

export interface Action<Input extends readonly unknown[]> {
  /** Resolves with whether it went well. */
  readonly run: (...input: Input) => Promise<boolean>
  readonly isPending: boolean
  readonly error: unknown
}

/** Something that changes something: once at a time, with its failure kept to be shown. */
export const useAction = <Input extends readonly unknown[]>(
  act: (...input: Input) => Promise<unknown>,
): Action<Input> => {
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (...input: Input): Promise<boolean> => {
    setPending(true)
    setError(undefined)
    try {
      await act(...input)
      return true
    } catch (thrown) {
      setError(thrown)
      return false
    } finally {
      setPending(false)
    }
  }
  return { run, isPending, error }
}
