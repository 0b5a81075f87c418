import { z } from 'zod'
import { asError, PassingError } from '../../shared/errors.ts'
import type { Fetch } from '../../shared/http/client.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import type { ContentPort, IncomingFile } from './port.ts'

export interface ContentOptions {
  readonly baseUrl: string
  readonly fetch: Fetch
  readonly internalKey: string | undefined
  /** Milliseconds that one file may take. */
  readonly timeoutMs: number
}

const Stored = z.object({ storage_id: z.string().min(1) })
const PASSING = new Set([429, 502, 503, 504])

/** The content service: `POST /v1/content` with a file's bytes as the body answers 201 `{ storage_id }`. */
export const createContentPort = ({ baseUrl, fetch, internalKey, timeoutMs }: ContentOptions): ContentPort => ({
  async store(file, { correlationId, batchId }) {
    const { body, failure } = bodyOf(file)
    const request = new Request(new URL('/v1/content', baseUrl).href, {
      method: 'POST',
      headers: {
        'content-type': file.type,
        'x-file-name': encodeURIComponent(file.name),
        'x-batch-id': encodeURIComponent(batchId),
        'x-correlation-id': correlationId,
        'x-service-id': 'api-gateway-service',
        ...(internalKey === undefined ? {} : { 'x-internal-api-key': internalKey }),
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = await reach(fetch, request).catch((thrown) => {
      throw failure() ?? new PassingError('content', asError(thrown).message, { cause: thrown })
    })
    const failed = failure()
    if (failed) throw failed
    if (PASSING.has(answer.status)) throw new PassingError('content', `the content service answered ${answer.status}`)
    const stored = Stored.safeParse(answer.json)
    if (!answer.ok || !stored.success) throw new UpstreamError('content', answer.status, {})
    return stored.data.storage_id
  },
})

const reach = async (fetch: Fetch, request: Request) => {
  const response = await fetch(request)
  const { status, ok } = response
  return { status, ok, json: await response.json().catch(() => undefined) }
}

/** The bytes as a body that is read as fast as it is sent; what was wrong with the file itself is kept. */
const bodyOf = ({ bytes }: IncomingFile) => {
  const iterator = bytes[Symbol.asyncIterator]()
  let failed: Error | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await iterator.next()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (thrown) {
          failed = asError(thrown)
          controller.error(failed)
        }
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return { body, failure: () => failed }
}
