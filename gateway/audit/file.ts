import { appendFileSync, mkdirSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { AuditEntry, AuditSink } from './port.ts'

export interface AuditFileOptions {
  /** One JSON line an entry; undefined: the log takes the entries. */
  readonly file: string | undefined
  readonly logger: Logger
}

export interface Audit {
  readonly sink: AuditSink
  /** Resolves once all that was noted is written. */
  close(): Promise<void>
}

/** Entries that wait for the disk at most; beyond that they are told in the log of the service. */
const MAX_WAITING = 10_000

const linesOf = (entries: readonly AuditEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

/** Opens the audit. Throws when its file cannot be written: nobody should find out later that there was none. */
export const openAudit = ({ file, logger }: AuditFileOptions): Audit => {
  if (file === undefined) {
    const own = logger.child({ audit: true })
    return { sink: (entry) => own.info(entry, 'audit'), close: async () => {} }
  }
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, '')
  return writeBehind(file, logger)
}

/**
 * Writes beside the requests, in their order: what is noted while a write is under way goes with the next one. Whatever ends
 * the process except `kill -9` loses nothing. A write that is under way then cannot be waited for, so its entries are written again
 * with all that wait. After a crash they may stand there twice, the second time even behind the last entry.
 */
const writeBehind = (file: string, logger: Logger): Audit => {
  let waiting: AuditEntry[] = []
  let writing: readonly AuditEntry[] = []
  let under: Promise<void> | undefined

  const lost = (entries: readonly AuditEntry[], why: string): void => {
    for (const entry of entries) logger.error({ err: why, entry }, 'the audit could not be written')
  }
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      writing = waiting
      waiting = []
      // By its name each time: a file that was moved away, as rotation does, is made anew.
      await appendFile(file, linesOf(writing)).catch((thrown) => lost(writing, asError(thrown).message))
      writing = []
    }
    under = undefined
  }
  process.on('exit', () => {
    const left = [...writing, ...waiting]
    if (left.length > 0) appendFileSync(file, linesOf(left))
  })

  return {
    sink(entry) {
      if (waiting.length >= MAX_WAITING) return lost([entry], 'too many entries wait')
      waiting.push(entry)
      under ??= write()
    },
    close: async () => under,
  }
}
