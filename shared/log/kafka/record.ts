import type { KafkaMessage, Message } from 'kafkajs'
import type { LogRecord, OutgoingMessage } from '../port.ts'

/** A message of kafkajs as a record of ours; of a header that repeats the first counts. */
export const recordOf = (topic: string, partition: number, message: KafkaMessage): LogRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  headers: textHeaders(message.headers),
  timestamp: Number(message.timestamp),
})

const textHeaders = (headers: KafkaMessage['headers']): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) texts[name] = first.toString()
  }
  return texts
}

/** A message of ours as kafkajs takes it. */
export const kafkaMessageOf = ({ key, value, headers }: OutgoingMessage): Message => ({
  key: key === null ? null : bytesOf(key),
  value: bytesOf(value),
  headers: { ...headers },
})

const bytesOf = (value: string | Uint8Array): string | Buffer =>
  typeof value === 'string' ? value : Buffer.from(value)
