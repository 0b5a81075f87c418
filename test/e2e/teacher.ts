import { z } from 'zod'
import { ClientStatus, StatusDetails } from '../../shared/contracts/http/conductor.ts'
import { until } from '../support/until.ts'

const Token = z.object({ access_token: z.string() })
const Registered = z.object({ batch_id: z.string(), correlation_id: z.string(), status: z.literal('registered') })
const Accepted = z.object({ status: z.literal('accepted'), batch_id: z.string(), correlation_id: z.string() })
const Status = z.object({ status: ClientStatus, details: StatusDetails })
export type Status = z.infer<typeof Status>

const PROMPT = { assignment_id: 'a-1' }
const TERMINAL: readonly string[] = ['completed_successfully', 'completed_with_failures', 'failed', 'cancelled']

/**
 * A teacher's client. `urls` are gateways: each call goes to the next of them, and again to another when one is away, as
 * behind a load balancer.
 */
export const createTeacher = async (urls: readonly string[], userId = 'ada') => {
  let turn = 0
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    let failure: unknown
    for (const _ of urls) {
      const url = urls[turn++ % urls.length]
      try {
        return await fetch(`${url}${path}`, init)
      } catch (thrown) {
        failure = thrown
      }
    }
    throw failure
  }
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const read = async <Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.infer<Schema>> => {
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`)
    return schema.parse(JSON.parse(text))
  }

  const { access_token } = await read(await post('/dev/token', { user_id: userId }), Token)
  const authorization = `Bearer ${access_token}`
  const statusOf = async (batchId: string): Promise<Status> =>
    read(await call(`/v1/batches/${encodeURIComponent(batchId)}/status`, { headers: { authorization } }), Status)

  return {
    call: (path: string, init: RequestInit = {}) =>
      call(path, { ...init, headers: { authorization, ...init.headers } }),
    post: (path: string, body: unknown) => post(path, body, { authorization }),
    /** Registers a batch and says its id. */
    async register(essayIds: readonly string[]): Promise<string> {
      const body = { expected_essay_count: essayIds.length, course_code: 'ENG5', essay_ids: essayIds }
      return (await read(await post('/v1/batches/register', body, { authorization }), Registered)).batch_id
    },
    /** Asks for a pipeline and says the correlation id of the 202. */
    async request(batchId: string, pipeline: string): Promise<string> {
      const body = { requested_pipeline: pipeline, prompt_payload: PROMPT }
      const path = `/v1/batches/${encodeURIComponent(batchId)}/pipelines`
      return (await read(await post(path, body, { authorization }), Accepted)).correlation_id
    },
    statusOf,
    /** The status once this request's verdict stands in it, other than waiting. */
    decided: (batchId: string, correlationId: string): Promise<Status> =>
      until(
        async () => {
          const status = await statusOf(batchId)
          const mine = status.details.requests.find(({ correlation_id }) => correlation_id === correlationId)
          return mine?.verdict === 'accepted' || mine?.verdict === 'refused' ? status : undefined
        },
        { timeoutMs: 60_000, what: `the verdict on ${correlationId}` },
      ),
    /** The status once the run that this request began has ended. */
    ended: (batchId: string, correlationId: string): Promise<Status> =>
      until(
        async () => {
          const status = await statusOf(batchId)
          const { run } = status.details
          return run?.correlation_id === correlationId && TERMINAL.includes(run.status) ? status : undefined
        },
        { timeoutMs: 90_000, what: `the run of ${correlationId} to end` },
      ),
  }
}
export type Teacher = Awaited<ReturnType<typeof createTeacher>>
