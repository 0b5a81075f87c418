import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { MAX_DEPTH } from '../../gateway/json-depth.ts'
import { gateway } from './support.ts'

const UPLOAD = '/v1/batches/b-1/files'
const Problem = z.object({ reason: z.string().optional() })

/** A body of so many bytes that comes in pieces, and how much of it was read. */
const pieces = (bytes: number) => {
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read >= bytes) return controller.close()
        controller.enqueue(new Uint8Array(1_000).fill(0x20))
        read += 1_000
      },
    },
    { highWaterMark: 0 },
  )
  return { body, read: () => read }
}

describe('the path of uploads', () => {
  test.each(['application/json', 'application/problem+json; charset=utf-8'])(
    'is never read to look at its nesting, also as %s',
    async (type) => {
      const { app, as } = gateway()
      const { body, read } = pieces(2_000_000)
      const headers = { ...(await as()), 'content-type': type }
      const answer = await app.request(new Request(`http://gateway.test${UPLOAD}`, { method: 'POST', headers, body }))
      expect(answer.status).toBe(415)
      expect(read()).toBeLessThan(100_000)
    },
  )

  test('takes a form whose boundary speaks of json', async () => {
    const { app, as } = gateway()
    const body = `--a-json-b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nan essay\r\n--a-json-b--\r\n`
    const headers = { ...(await as()), 'content-type': 'multipart/form-data; boundary=a-json-b' }
    expect((await app.request(UPLOAD, { method: 'POST', headers, body })).status).toBe(201)
  })

  test('is limited as every other one where nothing takes uploads', async () => {
    const { app, as } = gateway({ deps: { uploads: undefined } })
    const headers = { ...(await as()), 'content-type': 'application/json' }
    const send = async (body: ReadableStream<Uint8Array> | string) =>
      (await app.request(new Request(`http://gateway.test${UPLOAD}`, { method: 'POST', headers, body }))).status
    const { body, read } = pieces(2_000_000)
    expect([await send('x'.repeat(60_000)), await send(body)]).toEqual([413, 413])
    expect(read()).toBeLessThan(100_000)
    expect(await send('{}')).toBe(404)
  })
})

describe('nesting is looked at by what the body is said to be', () => {
  const deep = `{"a":${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}}`
  const ask = async (type: string) => {
    const answer = await gateway().call('POST', '/v1/batches/b-1/pipelines', deep, { 'content-type': type })
    return [answer.status, Problem.parse(await answer.json()).reason]
  }

  test.each(['application/json', 'Application/JSON', 'application/json ; charset=utf-8', 'application/vnd.a+JSON;v=1'])(
    '%s is JSON',
    async (type) => expect(await ask(type)).toEqual([422, 'too_deep']),
  )

  test.each(['text/plain; of=json', 'application/jsonl', 'multipart/form-data; boundary=+json'])(
    '%s is none',
    async (type) => expect(await ask(type)).toEqual([415, undefined]),
  )
})
