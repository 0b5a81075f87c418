export interface Watches<State> {
  /** Calls back on every change, until the answer is called. */
  subscribe(key: string, onChange: () => void): () => void
  /** What was heard last; the same object until something changes. */
  current(key: string): State
}

type Follow<State> = (key: string, listener: (state: State) => void) => () => void

interface Watch<State> {
  readonly listeners: Set<() => void>
  readonly stop: () => void
  state: State
}

/** One stream a key, however many components show it; it ends with the last of them. */
export const createWatches = <State>(follow: Follow<State>, nothing: State): Watches<State> => {
  const watches = new Map<string, Watch<State>>()

  const begin = (key: string): Watch<State> => {
    const listeners = new Set<() => void>()
    const stop = follow(key, (state) => {
      watch.state = state
      for (const onChange of listeners) onChange()
    })
    const watch: Watch<State> = { listeners, stop, state: nothing }
    watches.set(key, watch)
    return watch
  }

  return {
    subscribe(key, onChange) {
      const watch = watches.get(key) ?? begin(key)
      watch.listeners.add(onChange)
      return () => {
        watch.listeners.delete(onChange)
        if (watch.listeners.size > 0) return
        watch.stop()
        watches.delete(key)
      }
    },
    current: (key) => watches.get(key)?.state ?? nothing,
  }
}
