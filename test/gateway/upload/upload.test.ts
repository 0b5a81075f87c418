import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createContentStore } from '../../../embedded/content.ts'
import { createContentPort } from '../../../gateway/upload/content.ts'
import type { ContentPort } from '../../../gateway/upload/port.ts'
import { readFiles } from '../../../gateway/upload/read-files.ts'
import { PassingError } from '../../../shared/errors.ts'
import { UpstreamError } from '../../../shared/http/upstream.ts'
import { until } from '../../support/until.ts'
import { gateway } from '../support.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const PATH = '/v1/batches/b-1/files'
const DISPOSITION = 'content-disposition: form-data; name="files"; filename="a.txt"'
const file = (name: string, content: string | Uint8Array<ArrayBuffer> = 'an essay') => new File([content], name)
const formOf = (...files: readonly File[]) => {
  const form = new FormData()
  form.append('note', 'not a file')
  for (const one of files) form.append('files', one)
  return form
}

/** A gateway over a content store on disk; `sends` posts a form as Ada. */
const open = async (content?: (fetch: (request: Request) => Promise<Response>) => ContentPort) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-content-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const store = createContentStore({ folder })
  const port = (fetch: (request: Request) => Promise<Response>) =>
    createContentPort({ baseUrl: 'http://content.test', fetch, internalKey: 'key', timeoutMs: 5_000 })
  const at = gateway({ content: (content ?? port)(store) })
  const send = async (body: string | FormData | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    at.app.request(PATH, { method: 'POST', headers: { ...(await at.as()), ...headers }, body })
  const read = async (id: string) => {
    const answer = await store(new Request(`http://content.test/v1/content/${id}`))
    return answer.ok ? answer.text() : undefined
  }
  return { ...at, send, read, folder, store }
}

const Uploaded = z.object({
  stored: z.array(z.object({ file_name: z.string(), bytes: z.number(), storage_id: z.string() })),
  refused: z.array(z.object({ index: z.number(), file_name: z.string(), reason: z.string(), detail: z.string() })),
})

test('every file is kept as it was, under a storage id of its own', async () => {
  const { send, read } = await open()
  const long = 'å'.repeat(40_000)
  const answer = await send(formOf(file('anna.txt', 'Anna wrote this'), file('bö 1.docx', long)))
  expect(answer.status).toBe(201)
  const { stored, refused } = Uploaded.parse(await answer.json())
  expect(refused).toEqual([])
  expect(stored.map(({ file_name, bytes }) => [file_name, bytes])).toEqual([
    ['anna.txt', 15],
    ['bö 1.docx', 80_000],
  ])
  expect(await Promise.all(stored.map(({ storage_id }) => read(storage_id)))).toEqual(['Anna wrote this', long])
})

test('a file that is refused is told with its place and reason, and touches no other', async () => {
  const { send, folder } = await open()
  const answer = await send(
    formOf(
      file('song.mp3'),
      file('large.txt', 'x'.repeat(100_001)),
      file('empty.txt', ''),
      ...['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => file(name)),
      file('README'),
    ),
  )
  expect(answer.status).toBe(201)
  const { stored, refused } = Uploaded.parse(await answer.json())
  expect(stored.map(({ file_name }) => file_name)).toEqual(['a.txt', 'b.txt', 'c.txt'])
  expect(refused.map(({ index, file_name, reason }) => [index, file_name, reason])).toEqual([
    [0, 'song.mp3', 'type_not_allowed'],
    [1, 'large.txt', 'too_large'],
    [2, 'empty.txt', 'empty'],
    [6, 'd.txt', 'too_many_files'],
    [7, 'README', 'too_many_files'],
  ])
  // What was cut off is not kept.
  expect((await readdir(folder)).length).toBe(3)
})

describe('a part that says something impossible of its file', () => {
  const partsOf = (...parts: readonly { readonly name?: string; readonly type?: string }[]) =>
    [...parts.map(partOf), '--x--\r\n'].join('\r\n')
  const partOf = ({ name = '; filename="a.txt"', type = 'text/plain' }) =>
    `--x\r\ncontent-disposition: form-data; name="files"${name}\r\ncontent-type: ${type}\r\n\r\nan essay`
  const form = { 'content-type': 'multipart/form-data; boundary=x' }
  const named = (name: string) => `; filename="${name}"`

  test.each([
    ['no name', { name: '', type: 'application/octet-stream' }, 'no_name', ''],
    ['a blank one', { name: named('  ') }, 'no_name', '  '],
    ['half a character', { name: "; filename*=utf-16le''%00%d8%2e%00t%00x%00t%00" }, 'invalid_name', '\ufffd.txt'],
    ['a control character', { name: named('a\x01b.txt') }, 'invalid_name', 'a\x01b.txt'],
    ['one of the second set', { name: named('a\x85b.txt') }, 'invalid_name', 'a\x85b.txt'],
    ['256 characters', { name: named(`${'a'.repeat(252)}.txt`) }, 'invalid_name', `${'a'.repeat(252)}.tx`],
    ['5,000 characters', { name: named(`${'a'.repeat(4_996)}.txt`) }, 'invalid_name', 'a'.repeat(255)],
  ])('%s: that file alone is refused, and the others are kept and listed', async (_, part, reason, file_name) => {
    const { send, folder } = await open()
    const answer = await send(partsOf({}, part, { name: named('b.txt') }), form)
    expect(answer.status).toBe(201)
    const { stored, refused } = Uploaded.parse(await answer.json())
    expect(stored.map((kept) => kept.file_name)).toEqual(['a.txt', 'b.txt'])
    expect(refused).toMatchObject([{ index: 1, file_name, reason }])
    expect((await readdir(folder)).length).toBe(2)
  })

  test('a name may have 255 characters', async () => {
    const { send } = await open()
    const name = `${'å'.repeat(251)}.txt`
    const { stored } = Uploaded.parse(await (await send(partsOf({ name: named(name) }), form)).json())
    expect(stored.map(({ file_name }) => file_name)).toEqual([name])
  })

  test.each([
    ['with NUL in it', 'text/pl\0ain'],
    ['of one part', 'text'],
    ['of three parts', 'text/plain/html'],
    ['of other letters', 'å/ö'],
    ['that is too long', `text/${'x'.repeat(128)}`],
  ])('a type %s counts as none', async (_, type) => {
    const { send } = await open()
    const answer = await send(partsOf({ type }, { type: 'Text/HTML; charset=utf-8' }), form)
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({
      stored: [{ content_type: 'application/octet-stream' }, { content_type: 'text/html' }],
      refused: [],
    })
  })
})

test('when no file is stored the answer is a problem with an entry for each', async () => {
  const { send } = await open()
  const refused = await send(formOf(file('song.mp3'), file('README')))
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({
    code: 'VALIDATION_ERROR',
    reason: 'no_file_stored',
    errors: [
      { pointer: '/files/0', detail: "song.mp3: a file's name must end in .txt, .docx" },
      { pointer: '/files/1' },
    ],
  })
  expect((await send(formOf())).status).toBe(422)
})

describe('when the content service', () => {
  const failing = (error: Error) => () => ({
    store: async () => {
      throw error
    },
  })

  test('is away, it is a 503 that may be tried again', async () => {
    const { send } = await open(failing(new PassingError('content', 'ECONNREFUSED')))
    const answer = await send(formOf(file('a.txt')))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
  })

  test('refuses a file, that file is refused; a bug of ours is a 500', async () => {
    const rejected = await (await open(failing(new UpstreamError('content', 400, {})))).send(formOf(file('a.txt')))
    expect(await rejected.json()).toMatchObject({ refused: [{ reason: 'rejected' }] })
    expect((await (await open(failing(new Error('a bug')))).send(formOf(file('a.txt')))).status).toBe(500)
  })

  test.each([
    [503, PassingError],
    [400, UpstreamError],
    [200, UpstreamError],
  ])('answers %d, the failure has its type', async (status, type) => {
    const fetch = async () => Response.json({}, { status })
    const content = createContentPort({ baseUrl: 'http://c.test', fetch, internalKey: undefined, timeoutMs: 1_000 })
    const bytes = (async function* () {
      yield new Uint8Array(3)
    })()
    const storing = content.store({ name: 'a', type: 'text/plain', bytes }, { correlationId: 'c', batchId: 'b' })
    await expect(storing).rejects.toBeInstanceOf(type)
  })
})

test('what is no form, or breaks off, is refused', async () => {
  const { send, call } = await open()
  expect((await call('POST', PATH, { files: [] })).status).toBe(415)
  expect((await send('{}', { 'content-type': 'multipart/form-data' })).status).toBe(415)
  expect((await send('{}', { 'content-type': 'multipart/form-data; boundary=' })).status).toBe(400)
  const half = `--x\r\n${DISPOSITION}\r\n\r\nhalf a`
  expect((await send(half, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(400)
})

test('an upload that is too large as a whole is cut off, whatever it says of its length', async () => {
  const { send, app, as, folder } = await open()
  const form = formOf(...Array.from({ length: 12 }, (_, n) => file(`f${n}.txt`, 'x'.repeat(99_000))))
  const whole = new Response(form)
  const type = whole.headers.get('content-type') ?? ''
  const bytes = new Uint8Array(await whole.arrayBuffer())
  expect((await send(bytes, { 'content-type': type, 'content-length': String(bytes.length) })).status).toBe(413)
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 50_000) controller.enqueue(bytes.subarray(at, at + 50_000))
      controller.close()
    },
  })
  const headers = { ...(await as()), 'content-type': type }
  const answer = await app.request(new Request(`http://gateway.test${PATH}`, { method: 'POST', headers, body: chunks }))
  expect(answer.status).toBe(413)
  expect((await readdir(folder)).every((name) => !name.endsWith('.partial'))).toBe(true)
})

test("nothing is uploaded to somebody else's batch", async () => {
  const { app, as, folder } = await open()
  const headers = await as({ userId: 'eve' })
  const answer = await app.request(PATH, { method: 'POST', headers, body: formOf(file('a.txt')) })
  expect(answer.status).toBe(403)
  expect(await readdir(folder)).toEqual([])
})

test('the sender is held back while nobody takes the bytes of a file, and goes on when somebody does', async () => {
  const TOTAL = 5_000_000
  let taken = 0
  let sent = 0
  const gate = Promise.withResolvers<void>()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === 0) controller.enqueue(encoder.encode(`--x\r\n${DISPOSITION}\r\n\r\n`))
        controller.enqueue(new Uint8Array(1_000))
        sent += 1_000
        if (sent < TOTAL) return
        controller.enqueue(encoder.encode('\r\n--x--\r\n'))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const reading = readFiles(body, {
    contentType: 'multipart/form-data; boundary=x',
    maxFileBytes: TOTAL,
    async onFile({ bytes }) {
      for await (const chunk of bytes) {
        taken += chunk.length
        await gate.promise
      }
    },
  })
  let before = -1
  await until(
    () => {
      const rests = taken > 0 && sent === before
      before = sent
      return rests
    },
    { timeoutMs: 2_000, what: 'the sender to rest' },
  )
  // As much as the parts in between hold, and no more.
  expect(sent).toBeLessThan(500_000)
  gate.resolve()
  await reading
  expect(taken).toBe(TOTAL)
})

test('the content store keeps to itself what is no content', async () => {
  const { store } = await open()
  const status = async (method: string, path: string) =>
    (await store(new Request(`http://c.test${path}`, { method }))).status
  expect(await status('GET', '/v1/content/..%2Fsecrets.json')).toBe(404)
  expect(await status('GET', `/v1/content/${crypto.randomUUID()}`)).toBe(404)
  expect(await status('DELETE', `/v1/content/${crypto.randomUUID()}`)).toBe(405)
  expect(await status('GET', '/v1/other')).toBe(404)
})
