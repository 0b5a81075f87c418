import { TOPICS } from '../../shared/contracts/topics.ts'
import { randomId } from '../../shared/ids.ts'
import type { EventLog, Subscription } from '../../shared/log/port.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { newestOf, type Pause } from '../runs/model/pause.ts'
import type { RunStore } from '../runs/port.ts'
import { pauseOf } from './message.ts'

export interface PausesDeps {
  readonly log: Pick<EventLog, 'consume'>
  readonly store: Pick<RunStore, 'setPauses'>
  readonly logger: Logger
}

/**
 * Follows what the log says about paused phases, each process for itself and from the beginning: the topic keeps one message a
 * phase. Whatever the store lost of it, or never got because somebody died between log and store, is put there again.
 */
export const createPauses = ({ log, store, logger }: PausesDeps) => {
  let known: readonly Pause[] = []
  let subscription: Subscription | undefined
  return {
    async follow(): Promise<void> {
      const own = { group: `baton-pauses-${randomId()}`, topics: [TOPICS.phasePauseChanged], commit: 'never' } as const
      subscription = await log.consume(own, async (records) => {
        known = newestOf([...known, ...records.flatMap((record) => pauseOf(record, logger) ?? [])])
      })
    },
    /** Brings the store to what the log says, as far as it has been read. */
    async apply(): Promise<void> {
      if (known.length > 0) await store.setPauses(known)
    },
    async stop(): Promise<void> {
      await subscription?.stop()
    },
  }
}
export type Pauses = ReturnType<typeof createPauses>
