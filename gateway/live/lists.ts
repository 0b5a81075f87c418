import { asError, PassingError } from '../../shared/errors.ts'
import type { ChangeListener } from '../../shared/store/changes/port.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Later } from './coalescer.ts'

export interface ListsOptions {
  /** Ids of a user's newest batches, newest first. */
  readonly newest: (userId: string) => Promise<readonly string[]>
  readonly logger: Logger
  readonly later: Later
  /** Milliseconds after which a list is read again without a notice. */
  readonly rereadMs: number
}

/** Told of changes by whoever listens to the feed. */
export interface Lists extends Pick<ChangeListener, 'changed'> {
  /**
   * Tells of each batch of the user once: of those that there are, oldest first, before this resolves, and of each that
   * is registered later. Rejects with a PassingError when the list cannot be read now. The answer ends it.
   */
  watch(userId: string, added: (batchId: string) => void): Promise<() => void>
  start(): void
  stop(): void
}

interface List {
  readonly listeners: Set<(batchId: string) => void>
  readonly known: Set<string>
}

/** Whose batches there are, as far as somebody watches them; read once for all streams of a user. */
export const createLists = ({ newest, logger, later, rereadMs }: ListsOptions): Lists => {
  const lists = new Map<string, List>()
  let stopped = false
  let cancel: (() => void) | undefined

  const add = (list: List, batchId: string): void => {
    if (list.known.has(batchId)) return
    list.known.add(batchId)
    for (const listener of list.listeners) listener(batchId)
  }
  const read = async (userId: string, list: List): Promise<void> => {
    for (const batchId of (await newest(userId)).toReversed()) add(list, batchId)
  }
  const look = async (): Promise<void> => {
    for (const [userId, list] of lists) {
      await read(userId, list).catch((thrown) => {
        if (!(thrown instanceof PassingError)) logger.error({ err: asError(thrown).message }, 'a list was not read')
      })
    }
    if (!stopped) cancel = later(rereadMs, look)
  }

  return {
    async watch(userId, added) {
      const list = lists.get(userId) ?? { listeners: new Set(), known: new Set() }
      lists.set(userId, list)
      const own = (batchId: string) => added(batchId)
      const leave = (): void => {
        list.listeners.delete(own)
        if (list.listeners.size === 0 && lists.get(userId) === list) lists.delete(userId)
      }
      for (const batchId of list.known) added(batchId)
      list.listeners.add(own)
      try {
        await read(userId, list)
        return leave
      } catch (thrown) {
        leave()
        throw thrown
      }
    },
    changed(changes) {
      for (const { batchId, userId } of changes) {
        const list = userId === null ? undefined : lists.get(userId)
        if (list) add(list, batchId)
      }
    },
    start() {
      cancel = later(rereadMs, look)
    },
    stop() {
      stopped = true
      cancel?.()
    },
  }
}
