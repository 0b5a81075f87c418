import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { z } from 'zod'
import { createOrchestratorApp } from '../../orchestrator/app.ts'
import { commandBuilders } from '../../orchestrator/commands/index.ts'
import type { ConductorClient, DefineCall } from '../../orchestrator/conductor-client.ts'
import { maxBodyBytes } from '../../orchestrator/config.ts'
import { createCheckCredits } from '../../orchestrator/credits.ts'
import { createRenderer } from '../../orchestrator/messages/render.ts'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import { createPlanner } from '../../orchestrator/planning.ts'
import { createEmbeddedRunStore } from '../../orchestrator/runs/embedded.ts'
import type { Book } from '../../orchestrator/runs/model/book.ts'
import type {
  ContentInput,
  OutcomeInput,
  RegisterInput,
  RequestInput,
  RunStore,
  StartInput,
} from '../../orchestrator/runs/port.ts'
import { createSettle } from '../../orchestrator/settle.ts'
import { maxRequestBytes } from '../../orchestrator/sizes.ts'
import { createWaiting } from '../../orchestrator/waiting.ts'
import { receive } from '../../shared/contracts/receive.ts'
import { PassingError, PublishError } from '../../shared/errors.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { EventLog, LogRecord, OutgoingMessage } from '../../shared/log/port.ts'
import { maxMessageBytesFor } from '../../shared/log/topic-specs.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { appDeps } from '../support/app.ts'
import { delivered } from '../support/delivered.ts'

export const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
export const KEY = 'an-internal-key-for-tests'
export const render = createRenderer(commandBuilders(catalog))

/** Milliseconds since 1970, and the same on the store's clock. */
export const NOW = 1_795_496_612_641
export const CORRELATION = '4848e3a5-d5b1-4c67-972f-7fd205078a55'
export const REQUEST = '0c9e4f0a-1111-5222-8333-444455556666'
export const CAUSE = '7d3e4f0a-1111-5222-8333-444455556666'

/** A store whose clock the test sets, in microseconds since 1970. */
export const runStore = () => {
  const clock = { now: NOW * 1_000 }
  const store = createEmbeddedRunStore(new Database(':memory:', { strict: true }), { clock: () => clock.now })
  return { clock, store }
}

export const registration = (over: object = {}): string =>
  JSON.stringify({
    expected_essay_count: 2,
    essay_ids: ['e1', 'e2'],
    course_code: 'ENG6',
    class_id: null,
    student_prompt_ref: null,
    assignment_id: null,
    registered_at: NOW,
    ...over,
  })

export const register = (over: Partial<RegisterInput> = {}): RegisterInput => ({
  cause: CAUSE,
  correlation_id: CORRELATION,
  user_id: 'ada',
  org_id: 'school-1',
  is_regular: false,
  registration: registration(),
  ...over,
})

export const content = (over: Partial<ContentInput> = {}): ContentInput => ({
  cause: CAUSE,
  correlation_id: CORRELATION,
  kind: 'ready',
  essays: [],
  position: { place: 'huleedu.els.batch.essays.ready.v1|0', offset: 4 },
  ...over,
})

/** A client's request as its message says it. */
export const messageText = (over: object = {}): string =>
  JSON.stringify({
    batch_id: 'b-1',
    requested_pipeline: 'ai_feedback',
    client_correlation_id: CORRELATION,
    user_id: 'ada',
    is_retry: false,
    retry_reason: null,
    prompt_payload: { assignment_id: 'a-1', cms_prompt_ref: null },
    ...over,
  })

export const request = (over: Partial<RequestInput> = {}): RequestInput => ({
  request_id: REQUEST,
  correlation_id: CORRELATION,
  requested_pipeline: 'ai_feedback',
  user_id: 'ada',
  is_retry: false,
  message: messageText(),
  assignment_id: 'a-1',
  prompt_ref: null,
  at: NOW,
  position: { place: 'huleedu.commands.batch.pipeline.v1|0', offset: 1 },
  redrive_id: null,
  wait_ms: 60_000,
  max_bytes: 65_536,
  // A real Redis has its own clock, and this request's time is fixed: it must not grow too old.
  max_age_ms: 3_000_000_000_000,
  ...over,
})

export const phase = (over: Partial<StartInput['phases'][number]> = {}): StartInput['phases'][number] => ({
  phase: 'spellcheck',
  decision: 'run',
  reason: 'not_started',
  depends_on: [],
  min_percent: 0,
  already: 0,
  produces_text: true,
  timeout_ms: 60_000,
  attempts: 1,
  planned: ['e1', 'e2'],
  ...over,
})

export const start = (over: Partial<StartInput> = {}): StartInput => ({
  request_id: REQUEST,
  run_id: 'run-1',
  execution: 'sequential',
  plan_revision: '7',
  phases: [phase()],
  texts: { e1: 'text-1', e2: 'text-2' },
  essay_count: 2,
  refused_essay_count: 0,
  refused_essays: [],
  message: messageText(),
  ...over,
})

export const outcome = (over: Partial<OutcomeInput> = {}): OutcomeInput => ({
  cause: '11111111-1111-5222-8333-444455556666',
  correlation_id: CORRELATION,
  phase: 'spellcheck',
  processed: [
    ['e1', 'corrected-1'],
    ['e2', 'corrected-2'],
  ],
  failed: [],
  at: NOW + 1_000,
  position: { place: 'huleedu.els.batch.phase.outcome.v1|0', offset: 9 },
  ...over,
})

/** A batch whose content is there, and a request that is ready to be planned. */
export const readyToPlan = async (store: RunStore, id: BatchId, over: Partial<RequestInput> = {}) => {
  await store.register(id, register())
  await store.content(id, content())
  return store.request(id, request(over))
}

/** Says of a phase whether it is paused, as the log would: behind everything that the store knows of it. */
export const setPaused = async (store: RunStore, phase: string, paused: boolean): Promise<void> => {
  const offset = 1 + Math.max(-1, ...(await store.pauses()).map((pause) => pause.offset))
  await store.setPauses([{ phase, paused, offset, changed_by: 'test', user_id: null, changed_at: NOW }])
}

/** Everything that was published, as its readers see it; publishing can be made to fail. It may have a log behind it. */
export const recordingLog = (behind?: Pick<EventLog, 'publish'>) => {
  const published: OutgoingMessage[] = []
  const failures = { next: 0 }
  return {
    published,
    failures,
    topics: () => published.map(({ topic }) => topic),
    async publish(messages: readonly OutgoingMessage[]) {
      if (messages.length > 0 && failures.next > 0) {
        failures.next -= 1
        throw new PublishError('unknown', 'the log is away')
      }
      await behind?.publish(messages)
      const first = published.length
      published.push(...messages)
      return messages.map(({ topic }, n) => ({ topic, partition: 0, offset: first + n }))
    },
  }
}

/** A message as its reader gets it. */
export const read = (message: OutgoingMessage) => receive(recordOf(message))

export const recordOf = (message: OutgoingMessage): LogRecord => delivered(message, { timestamp: NOW })

/** What of an answer tests look into. */
const Answer = z.looseObject({ batch_id: z.string().optional(), errors: z.array(z.unknown()).optional() })
export const answerOf = async (response: Response) => Answer.parse(await response.json())

/** The JSON of a message. */
export const json = ({ value }: OutgoingMessage) => JSON.parse(typeof value === 'string' ? value : '')

/** Messages of all that a batch still has to say. */
export const renderAll = async (store: RunStore, id: BatchId): Promise<readonly OutgoingMessage[]> => {
  const found = await store.read(id)
  return found ? found.entries.flatMap((entry) => render(found.book, entry, found.entries)) : []
}

const noConductor: ConductorClient = {
  define: () => Promise.reject(new PassingError('conductor', 'nobody is there')),
  essays: () => Promise.reject(new PassingError('conductor', 'nobody is there')),
}

/** A conductor whose plan is made of the phases that each essay is to go through; all of it can be changed. */
export const conductorWith = (
  plan: {
    phases: readonly { readonly phase: string; readonly essays: readonly string[] }[]
    revision?: string
  },
  text: (essayId: string) => string = (essayId) => `text of ${essayId}`,
) => {
  const calls: DefineCall[] = []
  const client: ConductorClient = {
    async define(call) {
      calls.push(call)
      return {
        batch_id: call.batchId,
        final_pipeline: [],
        analysis_summary: '',
        requested_pipeline: call.requestedPipeline,
        execution: 'sequential',
        plan: plan.phases.map(({ phase: name, essays }) => ({
          phase: name,
          decision: essays.length > 0 ? 'run' : 'skip',
          reason: essays.length > 0 ? 'retry_failed' : 'already_completed',
          counts: { registered: 2, refused: 0, eligible: 2, succeeded: 2 - essays.length, failed: essays.length },
          essay_count: essays.length,
        })),
        revision: plan.revision ?? '7',
        plan_token: '7:',
        batch: { registered: true, content: 'ready', user_id: 'ada', org_id: null },
      }
    },
    async essays(batch_id) {
      const sets = plan.phases.map(({ phase: name, essays }) => ({ name, essays: new Set(essays) }))
      const ids = [...new Set(plan.phases.flatMap(({ essays }) => essays))]
      const essays = ids.map((essay_id) => ({
        essay_id,
        text_storage_id: text(essay_id),
        phases: sets.filter(({ essays: some }) => some.has(essay_id)).map(({ name }) => name),
      }))
      return { batch_id, revision: plan.revision ?? '7', essays, refused: [], next_cursor: null }
    },
  }
  return { client, calls }
}

/** The orchestrator's app over an embedded store. */
export const orchestrator = (
  options: {
    readonly maxBatchEssays?: number
    readonly conductor?: ConductorClient
    /** Stands before the store. */
    readonly wrap?: (store: RunStore) => RunStore
    readonly entitlements?: (request: Request) => Response | Promise<Response>
    /** Where it publishes beside the recording; default nowhere. */
    readonly log?: Pick<EventLog, 'publish'>
  } = {},
) => {
  const { clock: storeClock, store: raw } = runStore()
  const at = { clock: storeClock, store: options.wrap?.(raw) ?? raw }
  const maxBatchEssays = options.maxBatchEssays ?? 10
  const log = recordingLog(options.log)
  /** What the metrics were told. */
  const counted: string[] = []
  const base = appDeps({ maxBodyBytes: maxBodyBytes(maxBatchEssays) })
  const clock = () => at.clock.now / 1_000
  const publish = createOutboxPublisher({ log, store: at.store, render, logger: base.logger })
  const checkCredits = createCheckCredits({
    url: options.entitlements && 'http://entitlements',
    fetch: options.entitlements ?? (() => Response.error()),
    guarded: (call) => call(),
    catalog,
  })
  const planner = createPlanner({
    conductor: options.conductor ?? noConductor,
    catalog,
    checkCredits,
    maxMessageBytes: maxMessageBytesFor(maxBatchEssays),
    knownWaitMs: 60_000,
  })
  const settle = createSettle({
    store: at.store,
    publish,
    plan: planner.planPending,
    logger: base.logger,
    metrics: {
      request: (verdict) => void counted.push(verdict),
      commanded: (phase) => void counted.push(`commanded ${phase}`),
      ended: (_pipeline, status) => void counted.push(`ended ${status}`),
    },
  })
  const app = createOrchestratorApp({
    ...base,
    clock,
    log,
    store: at.store,
    publish,
    settle,
    planner,
    checkCredits,
    catalog,
    waiting: createWaiting({ store: at.store, clock }),
    readyWaitMs: 60_000,
    requestMaxAgeMs: 3_600_000,
    maxRequestBytes: maxRequestBytes(maxBatchEssays),
    maxMessageBytes: maxMessageBytesFor(maxBatchEssays),
    internalKeys: [KEY],
    maxBatchEssays,
    health: {
      version: '0',
      environment: 'test',
      checks: [],
      exposition: async () => ({ contentType: 'text/plain', text: '' }),
    },
  })
  const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json' }
  return {
    ...at,
    app,
    log,
    settle,
    counted,
    publish,
    clock: at.clock,
    get: (path: string) => app.request(path, { headers }),
    post: (path: string, body: unknown, more: Record<string, string> = {}) =>
      app.request(path, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) }),
  }
}

export const bookIn = async (store: RunStore, id = batchId('b-1')): Promise<Book> => {
  const found = await store.read(id)
  if (!found) throw new Error('there is no such batch')
  return found.book
}
