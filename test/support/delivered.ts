import type { LogRecord, OutgoingMessage } from '../../shared/log/port.ts'

const bytes = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? new TextEncoder().encode(value) : value

/** A message as its reader gets it out of the log. */
export const delivered = (
  { topic, key, value, headers }: OutgoingMessage,
  over: Pick<LogRecord, 'timestamp'> & Partial<LogRecord>,
): LogRecord => ({
  topic,
  partition: 0,
  offset: 0,
  key: key === null ? null : bytes(key),
  value: bytes(value),
  headers,
  ...over,
})
