import { type Logger as Pino, pino } from 'pino'
import type { Logger } from './logger-port.ts'
import { inOnePiece } from './one-piece.ts'
import { clean, hideSecrets } from './secrets.ts'

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

/** JSON lines by pino, with the correlation id on each and without secrets. */
export const createLogger = ({ service, level, correlationId, readable, write }: LoggerOptions): Logger => {
  const out = write ? { write } : standardOutput()
  const destination = readable ? { write: (line: string) => void out.write(readable(line)) } : out
  const root = pino(
    {
      level,
      base: { service },
      timestamp: isoTimes(),
      formatters: { level: (label) => ({ level: label }), bindings: hideSecrets },
      hooks: { streamWrite: clean },
    },
    destination,
  )
  const complete = (fields: Readonly<Record<string, unknown>>) => {
    const shown = hideSecrets(fields)
    const id = shown['correlation_id'] === undefined ? correlationId?.() : undefined
    return id === undefined ? shown : { ...shown, correlation_id: id }
  }
  return portOf(inOnePiece(root, complete))
}

/** How pino wants a line's time; many lines have the one of the line before, and to make it took a twentieth of a line, measured. */
const isoTimes = () => {
  let [last, text] = [Number.NaN, '']
  return (): string => {
    const now = Date.now()
    if (now !== last) [last, text] = [now, `,"time":"${new Date(now).toISOString()}"`]
    return text
  }
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
