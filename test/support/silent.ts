import type { Logger } from '../../shared/telemetry/logger-port.ts'

/** A logger that says nothing. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps its lines. */
export const recordingLogger = (lines: Line[] = [], bound: object = {}): Logger & { readonly lines: Line[] } => {
  const write = (level: Line['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...bound, ...fields } })
  }
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => recordingLogger(lines, { ...bound, ...fields }),
  }
}
