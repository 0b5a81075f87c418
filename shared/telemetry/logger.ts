import { type Logger as Pino, pino } from 'pino'
import type { Logger } from './logger-port.ts'

export interface LoggerOptions {
  readonly service: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The correlation id of what is being handled, put on every line. */
  readonly correlationId?: () => string | undefined
  /** Makes a line for a person of one for machines; default none, lines are JSON. */
  readonly readable?: ((line: string) => string) | undefined
  /** Where lines go; default standard output. */
  readonly write?: (line: string) => void
}

/** Names of fields that never reach a log, at the top or one level below. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'token',
  'access_token',
  'secret',
  'password',
  'key',
  'internal_key',
  'jwt_secret',
  'x-internal-api-key',
])
const REDACTED = '[redacted]'

/** The fields with secrets hidden; those of most lines pass as they are. Pino's own redaction took a tenth of a request, measured. */
const hideSecrets = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  isPlain(fields) && !holdsSecret(fields) ? fields : hidden(fields, 1)

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** Whether something is to be hidden here or one level below: looking is cheaper than a copy of each line's fields. */
const holdsSecret = (fields: Readonly<Record<string, unknown>>): boolean => {
  for (const name in fields) {
    if (SECRET_FIELDS.has(name)) return true
    const value = fields[name]
    if (isPlain(value)) for (const inner in value) if (SECRET_FIELDS.has(inner)) return true
  }
  return false
}

const hidden = (fields: object, deeper: number): Record<string, unknown> => {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (SECRET_FIELDS.has(name)) shown[name] = REDACTED
    else shown[name] = deeper > 0 && isPlain(value) ? hidden(value, deeper - 1) : value
  }
  return shown
}

/** Credentials within text: bearer tokens, JWTs, and passwords of URLs. None reaches past a JSON string's end. */
const SECRET_TEXT = /(bearer\s+)[^\s"\\]+|eyJ[\w-]+\.[\w-]+\.[\w-]*|(\w+:\/\/[^\s:/@"\\]*:)[^\s/"\\]+(?=@)/gi
/** What each of them has in it: most lines have none, and looking for that takes a fifth of the time. */
const MAYBE_SECRET = /bearer\s|eyj|:\/\//i
const clean = (text: string): string =>
  MAYBE_SECRET.test(text) ? text.replace(SECRET_TEXT, (_, bearer = '', url = '') => `${bearer}${url}${REDACTED}`) : text

/** JSON lines by pino, with the correlation id on each and without secrets. */
export const createLogger = ({ service, level, correlationId, readable, write }: LoggerOptions): Logger => {
  const out = write ? { write } : standardOutput()
  const destination = readable ? { write: (line: string) => void out.write(readable(line)) } : out
  const root = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideSecrets, bindings: hideSecrets },
      mixin: () => {
        const id = correlationId?.()
        return id === undefined ? {} : { correlation_id: id }
      },
      hooks: { streamWrite: clean },
    },
    destination,
  )
  return portOf(root)
}

/**
 * Lines that are logged in one turn of the event loop are written together: one write a line took an eighth of a request,
 * measured. Written by the process itself, none is under way when it ends: whatever ends it except `kill -9` loses none.
 */
const standardOutput = () => {
  const out = pino.destination({ fd: 1, sync: true })
  let lines = ''
  const flush = (): void => {
    const text = lines
    lines = ''
    if (text !== '') out.write(text)
  }
  process.on('exit', flush)
  return {
    write(line: string): void {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}

/** Pino's methods fail when they are taken off their object, and so they are not handed out. */
const portOf = (root: Pino): Logger => ({
  debug: (fields, message) => root.debug(fields, message),
  info: (fields, message) => root.info(fields, message),
  warn: (fields, message) => root.warn(fields, message),
  error: (fields, message) => root.error(fields, message),
  child: (fields) => portOf(root.child(fields)),
})
