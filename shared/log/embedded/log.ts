import type { Database } from 'bun:sqlite'
import { asError, MalformedError, PublishError } from '../../errors.ts'
import { openDatabase, withFailuresTyped } from '../../store/sqlite.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { EventLog, OutgoingMessage, Position, Subscription } from '../port.ts'
import { createGroups } from './groups.ts'
import { createRecords } from './records.ts'
import { createTables } from './tables.ts'

export interface EmbeddedLogOptions {
  /** A file, which this process then has alone, or `:memory:`. */
  readonly path: string
  readonly logger: Logger
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number
  /** Milliseconds between removals of what retention no longer keeps; default one minute. */
  readonly cleanUpEveryMs?: number
}

interface Waiting {
  readonly messages: readonly OutgoingMessage[]
  resolve(positions: readonly Position[]): void
  reject(error: Error): void
}

/** Records removed in one go: the write lock must not be held for long. */
const CLEAN_UP_BATCH = 5_000

/**
 * The event log in a SQLite file. What is published in the same tick shares one transaction, so that the disk is waited for
 * once; it is on disk when `publish` resolves.
 */
export const createEmbeddedLog = (options: EmbeddedLogOptions): EventLog => {
  const { path, logger, clock = Date.now, cleanUpEveryMs = 60_000 } = options
  const db = openAlone(path)
  createTables(db)
  const records = createRecords(db)
  const groups = createGroups({ records, logger })
  const subscriptions = new Set<Subscription>()
  let waiting: Waiting[] = []
  let closed = false

  const cleanUp = setInterval(() => {
    try {
      records.expire(clock(), CLEAN_UP_BATCH)
    } catch (thrown) {
      logger.warn({ err: asError(thrown).message }, 'retention not applied')
    }
  }, cleanUpEveryMs)
  cleanUp.unref()

  /** All at once; if that fails each alone, so that only the guilty fails. */
  const flush = (): void => {
    const batch = waiting
    waiting = []
    try {
      const positions = records.append(
        batch.flatMap(({ messages }) => messages),
        clock(),
      )
      let from = 0
      for (const { messages, resolve } of batch) {
        resolve(positions.slice(from, from + messages.length))
        from += messages.length
      }
    } catch (thrown) {
      if (batch.length > 1) for (const one of batch) appendOne(one)
      else batch[0]?.reject(publishFailure(thrown))
    }
    groups.wake(new Set(batch.flatMap(({ messages }) => messages.map(({ topic }) => topic))))
  }

  const appendOne = ({ messages, resolve, reject }: Waiting): void => {
    try {
      resolve(records.append(messages, clock()))
    } catch (thrown) {
      reject(publishFailure(thrown))
    }
  }

  return withFailuresTyped<EventLog>({
    async ensureTopics(specs) {
      records.define(specs)
    },
    publish(messages) {
      if (closed) return Promise.reject(new PublishError('not_sent', 'the log is closed'))
      if (messages.length === 0) return Promise.resolve([])
      return new Promise((resolve, reject) => {
        waiting.push({ messages, resolve, reject })
        if (waiting.length === 1) setImmediate(flush)
      })
    },
    async consume(consume, handler) {
      const subscription = await groups.join(consume, handler)
      subscriptions.add(subscription)
      return subscription
    },
    async partitions(topics) {
      return topics.flatMap((topic) =>
        Array.from({ length: records.partitions(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
      )
    },
    async ping() {
      db.query('SELECT 1').get()
    },
    async close() {
      if (closed) return
      closed = true
      clearInterval(cleanUp)
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()))
      if (waiting.length > 0) flush()
      db.close()
    },
  })
}

/** SQLite fails where a disk is full or broken: passing. A message that the topic does not allow is the message's fault. */
const publishFailure = (thrown: unknown): Error =>
  thrown instanceof MalformedError ? thrown : new PublishError('not_sent', asError(thrown).message, { cause: thrown })

/** Two processes with consumers of their own on one file would each be handed every record. */
const openAlone = (path: string): Database => {
  try {
    const db = openDatabase(path)
    db.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT')
    return db
  } catch (cause) {
    throw new Error(`${path} is in use by another process, or cannot be opened: ${asError(cause).message}`, { cause })
  }
}
