import type { Logger } from '../../telemetry/logger-port.ts'
import { isolated } from './isolated.ts'
import type { ChangeFeed, ChangeListener } from './port.ts'

/** Changes within one process, told at once. */
export const createEmbeddedChangeFeed = ({ logger }: { readonly logger: Logger }): ChangeFeed => {
  const listeners = new Set<ChangeListener>()
  return {
    publish(changes) {
      if (changes.length === 0) return
      for (const listener of [...listeners]) isolated(logger, () => listener.changed(changes))
    },
    subscribe(listener) {
      // Of the same listener subscribed twice each ends by itself.
      const own: ChangeListener = { changed: (changes) => listener.changed(changes), gap: () => listener.gap() }
      listeners.add(own)
      return async () => void listeners.delete(own)
    },
  }
}
