import { z } from 'zod'
import { asError, PassingError } from '../shared/errors.ts'
import type { Fetch } from '../shared/http/client.ts'
import type { Guarded } from '../shared/http/resilience.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { Credits, StartInput } from './runs/port.ts'

/** What a run would cost: resource -> how much, of all phases that it runs. Costs are data: see `phases.yaml`. */
export const costOf = ({ phases }: StartInput, catalog: Catalog): Readonly<Record<string, number>> => {
  const costs: Record<string, number> = {}
  for (const { phase, decision, planned } of phases) {
    const cost = decision === 'run' ? catalog.phases.get(phase)?.cost : undefined
    if (!cost) continue
    const count = planned.length
    costs[cost.resource] = (costs[cost.resource] ?? 0) + (cost.per === 'pair' ? (count * (count - 1)) / 2 : count)
  }
  return costs
}

/** What the entitlements service says; `required` and `breakdown` are what it was asked. */
export type CreditsAnswer = { readonly allowed: boolean; readonly reason: string } & Credits

export interface CreditsQuestion {
  readonly userId: string
  readonly orgId: string | null
  readonly correlationId: string
  readonly input: StartInput
}

/** Asks whether a run may cost what it costs. Rejects with a PassingError while nobody answers. */
export type CheckCredits = (question: CreditsQuestion) => Promise<CreditsAnswer>

const Answer = z.object({
  allowed: z.boolean(),
  available_credits: z.number().nullish(),
  denial_reason: z.string().nullish(),
})
const TIMEOUT_MS = 10_000
/** These are answers, not failures (contracts, section 9). */
const ANSWERS = new Set([200, 402, 429])

/** Without a URL nothing is checked: every run is allowed. */
export const createCheckCredits = ({
  url,
  fetch,
  guarded,
  catalog,
}: {
  readonly url: string | undefined
  readonly fetch: Fetch
  /** Every call goes through it: tried again, and given up for a while when the service fails again and again. */
  readonly guarded: Guarded
  readonly catalog: Catalog
}): CheckCredits =>
  async function checkCredits({ userId, orgId, correlationId, input }) {
    // Every resource that can be asked for stands in it, as readers of denials expect.
    const none = [...catalog.phases.values()].flatMap(({ cost }) => (cost ? [[cost.resource, 0] as const] : []))
    const requirements = Object.entries(costOf(input, catalog)).filter(([, count]) => count > 0)
    const breakdown = { ...Object.fromEntries(none), ...Object.fromEntries(requirements) }
    const required = requirements.reduce((sum, [, count]) => sum + count, 0)
    if (url === undefined || required === 0)
      return { allowed: true, reason: 'not_checked', required, available: required, breakdown }
    const address = new URL('/v1/entitlements/check-credits/bulk', url).href
    const body = JSON.stringify({
      user_id: userId,
      org_id: orgId,
      requirements: Object.fromEntries(requirements),
      correlation_id: correlationId,
    })
    const headers = { 'content-type': 'application/json', 'x-correlation-id': correlationId }
    // A request anew for each try, with a time limit of its own.
    const answer = await guarded(() =>
      ask(fetch, new Request(address, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })),
    )
    const reason = answer.denial_reason ?? 'insufficient_credits'
    return { allowed: answer.allowed, reason, required, available: answer.available_credits ?? 0, breakdown }
  }

/** Whatever is no answer passes: a run must neither be given away nor refused because nobody could be asked. */
const ask = async (fetch: Fetch, request: Request): Promise<z.infer<typeof Answer>> => {
  try {
    const response = await fetch(request)
    if (!ANSWERS.has(response.status)) throw new Error(`answered ${response.status}`)
    return Answer.parse(await response.json())
  } catch (thrown) {
    throw new PassingError('entitlements', `entitlements: ${asError(thrown).message}`, { cause: thrown })
  }
}
