import { z } from 'zod'
import { ClientStatus, StatusDetails } from '../../shared/contracts/http/conductor.ts'
import type { Fetch } from '../../shared/http/client.ts'

const Token = z.object({ access_token: z.string() })
const Registered = z.object({ batch_id: z.string() })
const Accepted = z.object({ correlation_id: z.string() })
const Status = z.object({ status: ClientStatus, details: StatusDetails })
export type Status = z.infer<typeof Status>

/** Answers that another try may get past: too many requests, or a service that cannot now. */
const PASSING = new Set([429, 503])

export interface ScenarioClientOptions {
  readonly gateway: string
  readonly fetch: Fetch
  readonly sleep: (ms: number) => Promise<void>
  /** A token of the identity provider; without one the gateway's development sign-in is used. */
  readonly token?: string | undefined
}

/** What scenarios do as a client of the gateway: its public routes, nothing else. Rejects with what the gateway answered. */
export const createScenarioClient = ({ gateway, fetch, sleep, token }: ScenarioClientOptions) => {
  let authorization = token === undefined ? undefined : `Bearer ${token}`

  const call = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.infer<Schema>> => {
    const request = new Request(new URL(path, gateway).href, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const response = await fetch(request)
    const text = await response.text()
    if (response.ok) return schema.parse(JSON.parse(text))
    const seconds = Number(response.headers.get('retry-after'))
    if (!PASSING.has(response.status) || !(seconds > 0)) throw new Error(`${path} answered ${response.status}: ${text}`)
    await sleep(seconds * 1_000)
    return call(path, schema, body)
  }
  const batch = (id: string, what: string): string => `/v1/batches/${encodeURIComponent(id)}/${what}`

  return {
    async signIn(): Promise<void> {
      if (authorization === undefined)
        authorization = `Bearer ${(await call('/dev/token', Token, { user_id: 'scenarios' })).access_token}`
    },
    /** Says the batch's id. */
    async register(essays: readonly string[], classId: string | null): Promise<string> {
      const registration = {
        expected_essay_count: essays.length,
        essay_ids: essays,
        course_code: 'ENG5',
        class_id: classId,
      }
      return (await call('/v1/batches/register', Registered, registration)).batch_id
    },
    /** Says the request's correlation id. */
    async request(id: string, pipeline: string): Promise<string> {
      const body = { requested_pipeline: pipeline, prompt_payload: { assignment_id: 'scenario' } }
      return (await call(batch(id, 'pipelines'), Accepted, body)).correlation_id
    },
    status: (id: string): Promise<Status> => call(batch(id, 'status'), Status),
    cancel: (id: string): Promise<unknown> => call(batch(id, 'cancel'), z.unknown(), {}),
  }
}
export type ScenarioClient = ReturnType<typeof createScenarioClient>
