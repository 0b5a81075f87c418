import { ConfigError } from '../shared/config.ts'
import { asError } from '../shared/errors.ts'

/** Which stages do nothing now; their work waits in the log. */
export interface Pauses {
  /** Every stage with whether it is paused, in the order in which they are played. */
  list(): readonly { readonly stage: string; readonly paused: boolean }[]
  has(stage: string): boolean
  pause(stage: string): void
  resume(stage: string): void
  /** Resolves once the stage is not paused; rejects when the signal aborts before. */
  opened(stage: string, signal: AbortSignal): Promise<void>
}

/** `first` are paused from the start. Throws a ConfigError for one that is no stage. */
export const createPauses = (stages: readonly string[], first: readonly string[]): Pauses => {
  const known = new Set(stages)
  const unknown = first.filter((name) => !known.has(name))
  if (unknown.length > 0)
    throw new ConfigError(`SIMULATOR_PAUSED: ${unknown.join(', ')}: must be some of ${[...known].join(', ')}`)
  /** Stage -> who waits for it to go on. */
  const paused = new Map<string, Set<() => void>>(first.map((stage) => [stage, new Set()]))

  return {
    list: () => [...known].map((stage) => ({ stage, paused: paused.has(stage) })),
    has: (stage) => known.has(stage),
    pause(stage) {
      if (!paused.has(stage)) paused.set(stage, new Set())
    },
    resume(stage) {
      const waiting = paused.get(stage) ?? []
      paused.delete(stage)
      for (const goOn of waiting) goOn()
    },
    opened(stage, signal) {
      const waiting = paused.get(stage)
      if (!waiting) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => () => {
          waiting.delete(goOn)
          signal.removeEventListener('abort', stop)
          settle()
        }
        const goOn = end(resolve)
        const stop = end(() => reject(asError(signal.reason)))
        waiting.add(goOn)
        if (signal.aborted) stop()
        else signal.addEventListener('abort', stop, { once: true })
      })
    },
  }
}
