import { useCallback, useSyncExternalStore } from 'react'
import type { Watches } from './watches.ts'

/** What is heard of a key, for as long as the component is shown. */
export const useWatch = <State>(watches: Watches<State>, key: string): State => {
  const subscribe = useCallback((onChange: () => void) => watches.subscribe(key, onChange), [watches, key])
  const current = useCallback(() => watches.current(key), [watches, key])
  return useSyncExternalStore(subscribe, current)
}
