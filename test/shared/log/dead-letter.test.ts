import { describe, expect, test } from 'bun:test'
import { DeadLetter, deadLetterOf } from '../../../shared/log/dead-letter.ts'
import type { LogRecord, OutgoingMessage } from '../../../shared/log/port.ts'
import { maxMessageBytesFor } from '../../../shared/log/topic-specs.ts'

/** The least that any topic takes; its dead letters may have twice that. */
const LIMIT = maxMessageBytesFor(1)
/** What a record's own frame takes at most. */
const FRAME = 500

const utf8 = new TextEncoder()
const good = {
  event_id: '5c2f1e1e-3ab6-4a1b-8a57-4c1f6f0d6a11',
  event_type: 'huleedu.els.batch.phase.outcome.v1',
  event_timestamp: '2026-02-03T08:15:30Z',
  source_service: 'essay_lifecycle_service',
  schema_version: 1,
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  data: { batch_id: 'b-1' },
}
const recordOf = (value: Uint8Array, over: Partial<LogRecord> = {}): LogRecord => ({
  topic: 't',
  partition: 3,
  offset: 4,
  key: utf8.encode('k'),
  value,
  headers: { event_id: good.event_id },
  timestamp: 0,
  ...over,
})
const deadOf = (record: LogRecord) => {
  const message = deadLetterOf({ record, reason: 'data_invalid', error: 'é'.repeat(5_000), service: 's', at: 0 })
  return { message, letter: DeadLetter.parse(JSON.parse(String(message.value))) }
}
const bytesOf = ({ key, value, headers }: OutgoingMessage): number =>
  [key ?? '', value, ...Object.entries(headers).flat()].reduce((sum, part) => sum + Buffer.byteLength(part), FRAME)
const bytesIn = (base64: string | null | undefined): Uint8Array => new Uint8Array(Buffer.from(base64 ?? '', 'base64'))

/** As large as its topic takes, by repeating a text in some place. */
const filled = (envelopeWith: (bulk: string) => unknown, text = 'x'): Uint8Array => {
  const room = LIMIT - FRAME - JSON.stringify(envelopeWith('')).length
  const bulk = text.repeat(Math.floor(room / Buffer.byteLength(text)))
  // The bulk is put in as it stands, escapes and all.
  return utf8.encode(JSON.stringify(envelopeWith('@')).replace('@', () => bulk))
}

describe('a dead letter', () => {
  test('has the whole envelope of a usual record', () => {
    const { message, letter } = deadOf(recordOf(utf8.encode(JSON.stringify(good))))
    expect(letter.failed_event_envelope).toEqual(good)
    expect(message).toMatchObject({ key: 'b-1', headers: { trace_id: good.correlation_id } })
    expect(letter.source?.headers).toEqual({ event_id: good.event_id })
  })

  test.each<[where: string, value: Uint8Array]>([
    ['the data', filled((bulk) => ({ ...good, data: { batch_id: 'b-1', bulk } }))],
    ['the metadata', filled((bulk) => ({ ...good, metadata: { bulk } }))],
    ['a field that nobody knows', filled((bulk) => ({ ...good, [bulk]: 1 }))],
    ['characters of several bytes', filled((bulk) => ({ ...good, metadata: { bulk } }), '愛')],
    [
      'numbers that are longer when they are written out',
      utf8.encode(JSON.stringify(good).replace(/\}$/, () => `,"metadata":[${'1e20,'.repeat(50_000)}0]}`)),
    ],
  ])('fits where the bulk of its record is in %s, and has the ids and all bytes', (_, value) => {
    const { message, letter } = deadOf(recordOf(value))
    expect(bytesOf(message)).toBeLessThan(2 * LIMIT)
    expect(bytesIn(letter.raw)).toEqual(value)
    const { data: _data, ...ids } = good
    expect(letter.failed_event_envelope).toEqual(ids)
    expect(message).toMatchObject({ key: 'b-1', headers: { trace_id: good.correlation_id } })
  })

  test.each<[where: string, value: Uint8Array]>([
    ['an id', filled((bulk) => ({ event_id: bulk }))],
    ['the correlation id', filled((bulk) => ({ correlation_id: bulk }))],
    ["the batch's id", filled((bulk) => ({ ...good, data: { batch_id: bulk } }))],
    ['a list', filled((bulk) => [bulk])],
    ['what is no JSON', utf8.encode('x'.repeat(LIMIT - FRAME))],
    ['what is no text', new Uint8Array(LIMIT - FRAME).fill(0xff)],
  ])('fits where its record is large by %s, and has all bytes', (_, value) => {
    const { message, letter } = deadOf(recordOf(value))
    expect(bytesOf(message)).toBeLessThan(2 * LIMIT)
    expect(bytesIn(letter.raw)).toEqual(value)
    expect(message.key).toBe('k')
  })

  test('fits where the key of its record is large, and has all of it', () => {
    const key = new Uint8Array(LIMIT - FRAME - 300_000).fill(0xff)
    const { message, letter } = deadOf(recordOf(new Uint8Array(300_000), { key }))
    expect(bytesOf(message)).toBeLessThan(2 * LIMIT)
    expect(bytesIn(letter.source?.key)).toEqual(key)
    expect(message.key).toBeNull()
  })

  test('can be written whatever its record is nested in, and has all bytes', () => {
    const levels = 120_000
    const metadata = `${'['.repeat(levels)}${']'.repeat(levels)}`
    const value = utf8.encode(JSON.stringify(good).replace(/\}$/, `,"metadata":${metadata}}`))
    const { letter } = deadOf(recordOf(value))
    const { data: _data, ...ids } = good
    expect(letter.failed_event_envelope).toEqual(ids)
    expect(bytesIn(letter.raw)).toEqual(value)
  })

  test('leaves headers out that would not fit', () => {
    const value = utf8.encode(JSON.stringify(good))
    const headers = { bulk: '\u0001'.repeat(LIMIT - FRAME - value.length) }
    const { message, letter } = deadOf(recordOf(value, { headers }))
    expect(bytesOf(message)).toBeLessThan(2 * LIMIT)
    expect([letter.source?.headers, letter.failed_event_envelope]).toEqual([{}, good])
  })
})
