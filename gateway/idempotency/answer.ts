import { z } from 'zod'
import type { KeptAnswer } from './port.ts'

const Kept = z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() })

/** An answer as both stores keep it. */
export const parseAnswer = (json: string): KeptAnswer => Kept.parse(JSON.parse(json))

/** Headers that belong to what was answered; all others belong to the call that asks. */
const KEPT_HEADERS = ['content-type', 'location']

export const keep = async (response: Response): Promise<KeptAnswer> => ({
  status: response.status,
  headers: Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  ),
  body: await response.clone().text(),
})

export const replay = ({ status, headers, body }: KeptAnswer): Response =>
  new Response(body, { status, headers: { ...headers, 'idempotency-replayed': 'true' } })
