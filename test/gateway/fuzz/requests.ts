/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export const seeded = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const METHODS = [
  'GET',
  'GET',
  'POST',
  'POST',
  'GET',
  'POST',
  'PATCH',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'get',
  'G\u0000T',
  'POST POST',
  '',
]
const PATHS = [
  '/v1/batches',
  '/v1/batches/b-1/status',
  '/v1/batches/b-1/pipelines',
  '/v1/batches/register',
  '/v1/batches/%00/essays?limit=%ff',
  '/v1/batches/%zz/runs',
  '/v1/../v1/pipelines',
  '//v1//pipelines',
  '/v1/batches?cursor=%F0%28%8C%28&cursor=x',
  '/dev/token',
  '/healthz',
  '/openapi.json',
  '*',
  'http://other.test/v1/pipelines',
  `/${'a'.repeat(9_000)}`,
]
const ODD_VERSIONS = ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTX/1.1', '']
const HEADERS = [
  'Host: gateway',
  'Host: a\r\nHost: b',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 3\r\nContent-Length: 4',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Content-Length: 4\r\nTransfer-Encoding: chunked',
  'Content-Type: application/json',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: text/plain',
  'Content-Encoding: gzip',
  'Authorization: Bearer x.y.z',
  'Authorization: Basic \u0000',
  'Idempotency-Key: \u00ff\u00fe',
  'X-Correlation-ID: \u0001',
  `X-Long: ${'x'.repeat(20_000)}`,
  'No colon here',
  ': no name',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Expect: 100-continue',
  'Connection: close',
]
const BODIES = [
  '',
  '{}',
  '{"requested_pipeline":"nlp"}',
  '{"requested_pipeline":',
  '\u0000\u0001\u0002',
  '\u00ff\u00fe\u00fd',
  '['.repeat(3_000),
  `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  '5\r\nhello\r\n0\r\n\r\n',
  'FFFFFFFFFFFFFFFF\r\nx',
  'zz\r\nx\r\n',
  'x'.repeat(70_000),
]

export interface RawRequest {
  /** As it goes over the wire. */
  readonly bytes: Uint8Array
  /** Where the bytes are cut and a pause is made; of a slow request after each of its last bytes. */
  readonly cuts: readonly number[]
}

/** Of so many of all requests the end comes byte by byte, and that many bytes at most. */
const SLOW = { share: 0.05, bytes: 40 }

/**
 * A request that may break every rule there is; where a token is given, some are signed in. Each rule is broken so seldom that
 * what breaks none of the server's, and so comes as far as the app, is not rare.
 */
export const rawRequest = (random: () => number, authorization: string): RawRequest => {
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]
  const lines = [`${pick(METHODS)} ${pick(PATHS)} ${random() < 0.9 ? 'HTTP/1.1' : pick(ODD_VERSIONS)}`]
  if (random() < 0.9) lines.push('Host: gateway')
  if (random() < 0.5) lines.push(`Authorization: ${authorization}`)
  for (let n = random() < 0.5 ? 0 : Math.floor(random() * 5); n > 0; n--) lines.push(pick(HEADERS) ?? '')
  const body = pick(BODIES) ?? ''
  if (random() < 0.5) lines.push(`Content-Length: ${body.length}`)
  const end = random() < 0.9 ? '\r\n' : '\n'
  const text = `${lines.join(end)}${end}${random() < 0.95 ? end : ''}${body}`
  // One byte a character, so that bytes beyond ASCII are bad UTF-8.
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  for (let flips = random() < 0.1 ? Math.floor(random() * 8) : 0; flips > 0; flips--)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
  if (random() >= SLOW.share) return { bytes, cuts: [Math.floor(random() * bytes.length)] }
  const dripped = Math.min(bytes.length, 1 + Math.floor(random() * SLOW.bytes))
  return { bytes, cuts: Array.from({ length: dripped }, (_, n) => bytes.length - dripped + n) }
}
