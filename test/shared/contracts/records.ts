import type { LogRecord } from '../../../shared/log/port.ts'

export const RECORD_TIME = Date.parse('2026-02-03T08:16:00Z')

/** A record as the log would give it; objects are written as JSON. */
export const recordOf = (topic: string, value: unknown, place: Partial<LogRecord> = {}): LogRecord => ({
  topic,
  partition: 3,
  offset: 41,
  key: null,
  value: value === null || value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value)),
  headers: {},
  timestamp: RECORD_TIME,
  ...place,
})
