import type { LogRecord, Position } from './port.ts'

/**
 * A record that was redriven says where it first stood. What a message leaves out (its id, its time) is derived from
 * there, so that it stays the same message wherever it lies now (invariant 4).
 */

/** `partition|offset|milliseconds since 1970`, in the topic that it now lies in again. */
export const REDRIVEN_FROM = 'redriven_from'
/** Identity of the redrive: tells a redrive that is delivered twice from a second redrive. */
export const REDRIVE_ID = 'redrive_id'
/** When it was decided, milliseconds since 1970. */
export const REDRIVEN_AT = 'redriven_at'

/** The redrive that a record came by; undefined for a record that was never redriven. */
export const redriveOf = (headers: LogRecord['headers']): { readonly id: string; readonly at: number } | undefined => {
  const [id, at] = [headers[REDRIVE_ID], headers[REDRIVEN_AT]]
  return id !== undefined && at !== undefined && /^\d{1,15}$/.test(at) ? { id, at: Number(at) } : undefined
}

/** Where a record first stood and since when, as far as its identity goes. */
export type FirstPlace = Position & Pick<LogRecord, 'timestamp'>

/** The header's value for a record that stood there. */
export const redrivenFrom = ({ partition, offset, timestamp }: FirstPlace): string =>
  `${partition}|${offset}|${timestamp}`

/** Where the record first stood; a header that cannot be read counts as none. */
export const firstPlaceOf = (record: FirstPlace & Pick<LogRecord, 'headers'>): FirstPlace => {
  const { topic, partition, offset, timestamp } = record
  const [, ...numbers] = /^(\d{1,9})\|(\d{1,15})\|(\d{1,15})$/.exec(record.headers[REDRIVEN_FROM] ?? '') ?? []
  const [firstPartition = partition, firstOffset = offset, firstTimestamp = timestamp] = numbers.map(Number)
  return { topic, partition: firstPartition, offset: firstOffset, timestamp: firstTimestamp }
}
