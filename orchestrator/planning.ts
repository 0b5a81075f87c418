import { z } from 'zod'
import type { DefineResponse, PlanEssay } from '../shared/contracts/http/conductor.ts'
import type { RefusedEssay, RequestEntry } from '../shared/contracts/run-book.ts'
import { PassingError } from '../shared/errors.ts'
import { UpstreamError } from '../shared/http/client.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { ConductorClient } from './conductor-client.ts'
import type { CheckCredits } from './credits.ts'
import { promptMetadata, StoredRequest } from './messages/context.ts'
import { positionsOf } from './runs/model/activity.ts'
import type { Book } from './runs/model/book.ts'
import { essayFinder } from './runs/model/essay-names.ts'
import type { RefuseInput, StartInput } from './runs/port.ts'
import { select } from './selection.ts'
import { startBytes } from './sizes.ts'
import { type PlanEssays, startOf } from './start-input.ts'

export type Planned =
  | { readonly decision: 'start'; readonly input: StartInput }
  | { readonly decision: 'refuse'; readonly input: RefuseInput }

/** The conductor has applied all that was named to it, and still does not know what our book rests on. */
interface Unknown {
  readonly decision: 'unknown'
  readonly detail: string
}

/** How often a plan is made anew when the facts move while its essays are read. */
const PLANS = 5

/** What of a request its plan depends on. */
export type PlannedRequest = Pick<RequestEntry, 'request_id' | 'correlation_id' | 'requested_pipeline' | 'is_retry'>

/**
 * Plans requests: asks the conductor what would run, and reads the plan's essays at its revision (invariant 9). Rejects with
 * a PassingError while the conductor is away or behind. What it may never come to know holds nobody else up: a pending
 * request is then planned again for a while, and refused.
 */
export const createPlanner = ({
  conductor,
  catalog,
  checkCredits,
  maxMessageBytes,
  knownWaitMs,
}: {
  readonly conductor: ConductorClient
  readonly catalog: Catalog
  readonly checkCredits: CheckCredits
  /** Bytes that a message may have. */
  readonly maxMessageBytes: number
  /** Milliseconds that a request may wait until the conductor knows its batch. */
  readonly knownWaitMs: number
}) => {
  const essaysOf = async (plan: DefineResponse, correlationId: string): Promise<PlanEssays | undefined> => {
    const essays: PlanEssay[] = []
    const refused: RefusedEssay[] = []
    for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
      const page = await conductor.essays(plan.batch_id, plan.plan_token, cursor, correlationId)
      if (!page) return undefined
      essays.push(...page.essays)
      refused.push(...page.refused)
      cursor = page.next_cursor
    }
    return { essays, refused }
  }

  const plan = async (book: Book, request: PlannedRequest, message: string): Promise<Planned | Unknown> => {
    const refuse = (reason: string, detail: string): Planned => ({
      decision: 'refuse',
      input: { request_id: request.request_id, reason, detail, credits: null, patience_ms: 0 },
    })
    const pipeline = catalog.resolve(request.requested_pipeline)
    if (!pipeline) return refuse('unknown_pipeline', `There is no pipeline or phase of this name.`)

    for (let attempt = 0; attempt < PLANS; attempt++) {
      const made = await define(conductor, book, request, message)
      if (made === 'unknown_pipeline') return refuse(made, 'There is no pipeline or phase of this name.')
      // Our book knows both: the conductor is behind with another topic, or they are in no log and no archive any more.
      if (!made.batch.registered) return unknown('registration')
      if (made.batch.content !== book.content) return unknown('content')
      const blocked = made.plan.filter(({ decision }) => decision === 'blocked')
      if (blocked[0])
        return refuse(blocked[0].reason, blocked.map(({ phase, reason }) => `${phase}: ${reason}`).join(', '))
      const essays = await essaysOf(made, request.correlation_id)
      if (!essays) continue
      const { selection } = StoredRequest.parse(JSON.parse(message))
      const whole = { ...startOf(request, pipeline, made, essays), message: withoutSelection(message) }
      const essayIds = selection.essay_ids?.map(essayFinder(book.registration)) ?? null
      const selected = select(whole, { essayIds, planRevision: selection.plan_revision }, catalog)
      if ('reason' in selected) return refuse(selected.reason, selected.detail)
      const bytes = startBytes(book, selected.input)
      if (bytes > maxMessageBytes)
        return refuse('batch_too_large', `Its messages would have ${bytes} bytes, and ${maxMessageBytes} are allowed.`)
      return { decision: 'start', input: selected.input }
    }
    throw new PassingError('conductor', `the facts moved during each of ${PLANS} plans`)
  }

  /** What would be run for a request of this batch, whether it is pending or not: asking changes nothing. */
  const planRequest = async (book: Book, request: PlannedRequest, message: string): Promise<Planned> => {
    const made = await plan(book, request, message)
    if (made.decision === 'unknown') throw new PassingError('conductor', made.detail)
    return made
  }

  /** What is to be run must be paid for; whoever only looks is not asked. */
  const afford = async (book: Book, request: RequestEntry, input: StartInput): Promise<Planned> => {
    const { user_id, correlation_id, request_id } = request
    const question = { userId: user_id, orgId: book.org_id, correlationId: correlation_id, input }
    const { allowed, reason, required, available, breakdown } = await checkCredits(question)
    if (allowed) return { decision: 'start', input }
    const detail = `${required} credits are needed, ${available} are available.`
    return {
      decision: 'refuse',
      input: { request_id, reason, detail, credits: { required, available, breakdown }, patience_ms: 0 },
    }
  }

  /** Undefined when no request is pending. */
  const planPending = async (book: Book): Promise<Planned | undefined> => {
    const { pending } = book
    const request = pending && book.requests.find(({ request_id }) => request_id === pending.request_id)
    if (!request) return undefined
    const planned = await plan(book, request, pending.message)
    if (planned.decision === 'unknown') {
      const { request_id } = request
      const { detail } = planned
      const input = { request_id, reason: 'batch_facts_missing', detail, credits: null, patience_ms: knownWaitMs }
      return { decision: 'refuse', input }
    }
    return planned.decision === 'start' ? afford(book, request, planned.input) : planned
  }

  return { planRequest, planPending }
}
export type Planner = ReturnType<typeof createPlanner>
export type Plan = Planner['planPending']

const unknown = (what: string): Unknown => ({
  decision: 'unknown',
  detail: `The facts of this batch lack its ${what}, so no plan can be made.`,
})

/** What was selected has become the plan's essays; a command has no use for it, and thousands of places take their room. */
const withoutSelection = (message: string): string => {
  const { selection: _, ...request } = Stored.parse(JSON.parse(message))
  return JSON.stringify(request)
}
const Stored = z.record(z.string(), z.unknown())

const define = async (
  conductor: ConductorClient,
  book: Book,
  request: PlannedRequest,
  message: string,
): Promise<DefineResponse | 'unknown_pipeline'> => {
  try {
    return await conductor.define({
      batchId: book.batch_id,
      requestedPipeline: request.requested_pipeline,
      correlationId: request.correlation_id,
      isRetry: request.is_retry,
      prompt: promptMetadata(book, message),
      after: positionsOf(book),
    })
  } catch (thrown) {
    if (thrown instanceof UpstreamError && thrown.problem.reason === 'unknown_pipeline') return 'unknown_pipeline'
    throw thrown
  }
}
