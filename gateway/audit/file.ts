import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { asError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { AuditSink } from './port.ts'

export interface AuditFileOptions {
  /** One JSON line an entry; undefined: the log takes the entries. */
  readonly file: string | undefined
  readonly logger: Logger
}

/** Opens the audit. Throws when its file cannot be written: nobody should find out later that there was none. */
export const openAudit = ({ file, logger }: AuditFileOptions): AuditSink => {
  if (file === undefined) {
    const own = logger.child({ audit: true })
    return (entry) => own.info(entry, 'audit')
  }
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, '')
  return (entry) => {
    try {
      appendFileSync(file, `${JSON.stringify(entry)}\n`)
    } catch (thrown) {
      logger.error({ err: asError(thrown).message, entry }, 'the audit could not be written')
    }
  }
}
