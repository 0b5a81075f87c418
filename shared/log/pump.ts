import { asError } from '../errors.ts'
import { backoff, sleep } from '../retry.ts'
import type { Logger } from '../telemetry/logger-port.ts'
import type { FetchHandler, LogRecord } from './port.ts'

export interface PumpOptions {
  readonly topic: string
  readonly partition: number
  readonly handler: FetchHandler
  /** The next records in order, waiting until there are some; undefined once the signal has aborted. */
  readonly take: (signal: AbortSignal) => Promise<readonly LogRecord[] | undefined>
  /** Makes it durable that everything before this offset is applied. A failure is logged: the records just come again. */
  readonly commit: (offset: number) => Promise<void> | void
  readonly heartbeat: () => Promise<void>
  readonly logger: Logger
}

/** Drives one partition that this member owns: takes, handles until it went well, commits, and takes again. */
export interface Pump {
  /** The offset up to which everything is applied; undefined until something is known. */
  applied(): number | undefined
  setApplied(offset: number): void
  /** The offset behind the last record that was taken, handled or not. */
  taken(): number | undefined
  /** Ends waiting and retrying; resolves when the handler in hand has ended and what it did is committed. */
  stop(): Promise<void>
  /** The partition belongs to somebody else: nothing of what is in hand is committed. */
  revoke(): void
}

/** Milliseconds between tries of a handler that rejected: it could not even keep its failure to itself. */
const PAUSE = { baseMs: 50, capMs: 2_000 }

export const createPump = (options: PumpOptions): Pump => {
  const { handler, take, commit, heartbeat, logger } = options
  const place = { topic: options.topic, partition: options.partition }
  const ending = new AbortController()
  let applied: number | undefined
  let taken: number | undefined
  let revoked = false

  /** True once the records are handled; false when the pump ended before. */
  const handle = async (records: readonly LogRecord[]): Promise<boolean> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await handler(records, { signal: ending.signal, heartbeat })
        return true
      } catch (thrown) {
        if (ending.signal.aborted) return false
        logger.warn(
          { ...place, offset: records[0]?.offset, attempt, err: asError(thrown).message },
          'fetch not handled',
        )
        await sleep(backoff(attempt, PAUSE), ending.signal)
        if (ending.signal.aborted) return false
      }
    }
  }

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const records = await take(ending.signal)
      const last = records?.at(-1)
      if (last) taken = last.offset + 1
      if (!records || !last || !(await handle(records)) || revoked) continue
      applied = last.offset + 1
      try {
        await commit(applied)
      } catch (thrown) {
        logger.warn({ ...place, offset: applied, err: asError(thrown).message }, 'offset not committed')
      }
    }
  }
  const running = run().catch((thrown) => logger.error({ ...place, err: asError(thrown).message }, 'partition ended'))

  return {
    applied: () => applied,
    setApplied(offset) {
      applied = offset
    },
    taken: () => taken,
    async stop() {
      ending.abort()
      await running
    },
    revoke() {
      revoked = true
      ending.abort()
    },
  }
}
