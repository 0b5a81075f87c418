import { expect, test } from 'bun:test'
import { createConductorClient } from '../../orchestrator/conductor-client.ts'
import { createJsonClient } from '../../shared/http/client.ts'
import { CORRELATION } from './support.ts'

const clientOf = (answer: (request: Request) => Response) => {
  const requests: { readonly url: string; readonly headers: Headers; readonly body: Promise<string> }[] = []
  const client = createConductorClient(
    createJsonClient({
      target: 'conductor',
      baseUrl: 'http://conductor',
      serviceId: 'batch-orchestrator-service',
      internalKey: 'the-key',
      fetch(request) {
        requests.push({ url: request.url, headers: request.headers, body: request.clone().text() })
        return answer(request)
      },
    }),
    (call) => call(),
  )
  return { client, requests }
}

const essays = { batch_id: 'b/1', revision: '7', essays: [], refused: [], next_cursor: null }

test('a page of a plan is asked for by its token and cursor, with key and correlation id', async () => {
  const { client, requests } = clientOf(() => Response.json(essays))
  expect(await client.essays('b/1', '7:spellcheck,nlp', '1000', CORRELATION)).toEqual(essays)
  const [request] = requests
  expect(request?.url).toBe('http://conductor/internal/v1/batches/b%2F1/essays?plan=7%3Aspellcheck%2Cnlp&cursor=1000')
  expect(request?.headers.get('x-internal-api-key')).toBe('the-key')
  expect(request?.headers.get('x-correlation-id')).toBe(CORRELATION)
})

test('the facts having moved is an answer, any other refusal is an error', async () => {
  const moved = clientOf(() => Response.json({ code: 'CONFLICT' }, { status: 409 }))
  expect(await moved.client.essays('b', 't', null, CORRELATION)).toBeUndefined()
  const wrong = clientOf(() => Response.json({ code: 'INVALID_REQUEST' }, { status: 400 }))
  await expect(wrong.client.essays('b', 't', null, CORRELATION)).rejects.toMatchObject({ status: 400 })
})

test('the plan is asked for with what the conductor must know before', async () => {
  const { client, requests } = clientOf(() => Response.json({ detail: 'down' }, { status: 503 }))
  const call = {
    batchId: 'b-1',
    requestedPipeline: 'nlp',
    correlationId: CORRELATION,
    isRetry: true,
    prompt: { prompt_attached: false, prompt_source: 'none' },
    after: [{ topic: 't', partition: 1, offset: 2 }],
  }
  await expect(client.define(call)).rejects.toMatchObject({ name: 'PassingError', source: 'conductor' })
  expect(JSON.parse((await requests[0]?.body) ?? '')).toEqual({
    batch_id: 'b-1',
    requested_pipeline: 'nlp',
    correlation_id: CORRELATION,
    batch_metadata: { prompt_attached: false, prompt_source: 'none' },
    is_retry: true,
    with_essay_ids: false,
    after: [{ topic: 't', partition: 1, offset: 2 }],
  })
})
