import { asError } from '../errors.ts'
import { backoff, sleep } from '../retry.ts'
import type { Logger } from '../telemetry/logger-port.ts'
import type { FetchHandler, LogRecord } from './port.ts'

export interface PumpOptions {
  readonly topic: string
  readonly partition: number
  readonly handler: FetchHandler
  /**
   * The next records in order, waiting until there are some; undefined once the signal has aborted. Tried again when it
   * rejects.
   */
  readonly take: (signal: AbortSignal) => Promise<readonly LogRecord[] | undefined>
  /**
   * Lets the next take begin at this offset, or at the earliest record that is left, and commits that; says which it is.
   * Tried again when it rejects.
   */
  readonly seek: (offset: number) => Promise<number> | number
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
  /** The offset at which this member began; undefined until something is known. */
  began(): number | undefined
  /** The offset behind the last record that was taken, handled or not. */
  taken(): number | undefined
  /** Aborts what is in hand and begins again at this offset; resolves when that is so, or when the pump has ended. */
  rewind(offset: number): Promise<void>
  /** Ends waiting and retrying; resolves when the handler in hand has ended and what it did is committed. */
  stop(): Promise<void>
  /** The partition belongs to somebody else: nothing of what is in hand is committed. */
  revoke(): void
}

/** Milliseconds between tries of what rejected: a handler could not even keep its failure to itself. */
const PAUSE = { baseMs: 50, capMs: 2_000 }

export const createPump = (options: PumpOptions): Pump => {
  const { handler, take, seek, commit, heartbeat, logger } = options
  const place = { topic: options.topic, partition: options.partition }
  /** Aborts what is in hand; each rewind begins a new turn. */
  let turn = new AbortController()
  let rewinding: { readonly offset: number; readonly done: () => void } | undefined
  let applied: number | undefined
  let began: number | undefined
  let taken: number | undefined
  let ended = false
  let revoked = false

  const next = async (signal: AbortSignal): Promise<readonly LogRecord[] | undefined> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await take(signal)
      } catch (thrown) {
        logger.warn({ ...place, attempt, err: asError(thrown).message }, 'partition not read')
        await sleep(backoff(attempt, PAUSE), signal)
      }
    }
    return undefined
  }

  /** True once the records are handled; false when the turn ended before. */
  const handle = async (records: readonly LogRecord[], signal: AbortSignal): Promise<boolean> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await handler(records, { signal, heartbeat })
        return true
      } catch (thrown) {
        if (signal.aborted) return false
        logger.warn(
          { ...place, offset: records[0]?.offset, attempt, err: asError(thrown).message },
          'fetch not handled',
        )
        await sleep(backoff(attempt, PAUSE), signal)
        if (signal.aborted) return false
      }
    }
  }

  const committed = async (offset: number): Promise<void> => {
    try {
      await commit(offset)
    } catch (thrown) {
      logger.warn({ ...place, offset, err: asError(thrown).message }, 'offset not committed')
    }
  }

  const goBack = async ({ offset, done }: { readonly offset: number; readonly done: () => void }): Promise<void> => {
    rewinding = undefined
    turn = new AbortController()
    const { signal } = turn
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        applied = await seek(offset)
        taken = applied
        break
      } catch (thrown) {
        logger.warn({ ...place, offset, attempt, err: asError(thrown).message }, 'partition not rewound')
        await sleep(backoff(attempt, PAUSE), signal)
      }
    }
    done()
  }

  const run = async (): Promise<void> => {
    while (!ended) {
      if (rewinding) await goBack(rewinding)
      const { signal } = turn
      const records = await next(signal)
      const last = records?.at(-1)
      if (last && !signal.aborted) taken = last.offset + 1
      began ??= records?.[0]?.offset
      // What was handled while somebody asked to go back does not count: it comes again.
      if (!records || !last || !(await handle(records, signal)) || revoked || rewinding) continue
      applied = last.offset + 1
      await committed(applied)
    }
    rewinding?.done()
  }
  const running = run().catch((thrown) => logger.error({ ...place, err: asError(thrown).message }, 'partition ended'))

  const end = (): void => {
    ended = true
    turn.abort()
  }

  return {
    applied: () => applied,
    setApplied(offset) {
      applied = offset
      began ??= offset
    },
    began: () => began,
    taken: () => taken,
    async rewind(offset) {
      if (ended) return
      const { promise, resolve } = Promise.withResolvers<void>()
      rewinding?.done()
      rewinding = { offset, done: resolve }
      turn.abort()
      await Promise.race([promise, running])
    },
    async stop() {
      end()
      await running
    },
    revoke() {
      revoked = true
      end()
    },
  }
}
