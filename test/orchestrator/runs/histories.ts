import fc from 'fast-check'
import type { RequestInput, RunStore, StartInput, Transitioned } from '../../../orchestrator/runs/port.ts'
import type { BatchId } from '../../../shared/ids.ts'
import { setPaused } from '../support.ts'

/** What can happen to a batch, chosen at random; ids are few, so that things repeat and meet. */
export type Step =
  | { readonly what: 'register'; readonly regular: boolean }
  | {
      readonly what: 'content'
      readonly kind: 'provisioned' | 'confirmed' | 'ready' | 'failed' | 'noted'
      readonly offset: number
    }
  | {
      readonly what: 'request'
      readonly id: number
      readonly user: number
      readonly correlation: number
      readonly late: boolean
      /** Longer than a book carries. */
      readonly long: boolean
    }
  /** Many requests that are refused: the list of requests forgets older ones. */
  | { readonly what: 'flood' }
  | { readonly what: 'start'; readonly id: number; readonly plan: number }
  | { readonly what: 'refuse'; readonly id: number; readonly patience: number }
  | {
      readonly what: 'outcome'
      readonly phase: number
      readonly correlation: number
      readonly succeeded: readonly number[]
      readonly failed: readonly number[]
      readonly late: boolean
      readonly offset: number
    }
  | { readonly what: 'expire' | 'timeout' | 'moveOn' | 'restore' }
  | { readonly what: 'cancel'; readonly id: number; readonly run: number | null; readonly tooLarge: boolean }
  | { readonly what: 'prompt'; readonly id: number }
  | { readonly what: 'pause' | 'resume'; readonly phase: number }
  | { readonly what: 'ack'; readonly part: number; readonly stale: boolean }

const few = fc.integer({ min: 0, max: 2 })
const essays = fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 5 })
const offset = fc.integer({ min: 0, max: 9 })

const ordinary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('register' as const), regular: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('content' as const),
      kind: fc.constantFrom(
        'provisioned' as const,
        'ready' as const,
        'ready' as const,
        'failed' as const,
        'noted' as const,
        'confirmed' as const,
      ),
      offset,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('request' as const),
      id: few,
      user: fc.constantFrom(0, 0, 0, 1),
      correlation: few,
      late: fc.boolean(),
      long: fc.nat({ max: 15 }).map((n) => n === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ what: fc.constant('start' as const), id: few, plan: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('refuse' as const),
      id: few,
      patience: fc.constantFrom(0, 0, 1_500, 20_000, 100_000),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      what: fc.constant('outcome' as const),
      phase: few,
      correlation: fc.constantFrom(0, 0, 0, 1, 2),
      succeeded: fc.oneof(fc.constant([0, 1, 2, 3]), fc.constant([0, 1]), essays),
      failed: essays,
      late: fc.boolean(),
      offset,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'expire' as const }) },
  { weight: 3, arbitrary: fc.constantFrom({ what: 'timeout' as const }, { what: 'moveOn' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'restore' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('cancel' as const),
      id: fc.integer({ min: 0, max: 5 }),
      run: fc.option(few, { freq: 2 }),
      tooLarge: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('prompt' as const), id: few }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const), phase: few }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('ack' as const), part: few, stale: fc.boolean() }) },
)

/** A flood is 26 transitions, and all that follow it have a long list to carry: few of them are enough. */
export const stepOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 150, arbitrary: ordinary },
  { weight: 1, arbitrary: fc.constant({ what: 'flood' as const }) },
)

const PHASES = ['spell', 'gram', 'feed'] as const
const ids = (numbers: readonly number[]) => numbers.map((n) => `${n}`)

/** Plans of all kinds: sequential and parallel, strict and lenient, with skipped phases, with nothing to do. */
export const PLANS: readonly Pick<StartInput, 'execution' | 'phases'>[] = [
  {
    execution: 'sequential',
    phases: [
      {
        phase: 'spell',
        decision: 'run',
        reason: 'not_started',
        depends_on: [],
        min_percent: 0,
        already: 0,
        produces_text: true,
        timeout_ms: 5_000,
        attempts: 2,
        planned: ids([0, 1, 2]),
      },
      {
        phase: 'gram',
        decision: 'run',
        reason: 'not_started',
        depends_on: ['spell'],
        min_percent: 80,
        already: 0,
        produces_text: false,
        timeout_ms: 5_000,
        attempts: 1,
        planned: ids([0, 1, 2]),
      },
      {
        phase: 'feed',
        decision: 'run',
        reason: 'not_started',
        depends_on: ['spell', 'gram'],
        min_percent: 0,
        already: 3,
        produces_text: false,
        timeout_ms: 5_000,
        attempts: 1,
        planned: ids([0, 1, 2, 3]),
      },
    ],
  },
  {
    execution: 'parallel',
    phases: [
      {
        phase: 'spell',
        decision: 'run',
        reason: 'not_complete',
        depends_on: [],
        min_percent: 100,
        already: 0,
        produces_text: true,
        timeout_ms: 5_000,
        attempts: 2,
        planned: ids([1, 2]),
      },
      {
        phase: 'gram',
        decision: 'run',
        reason: 'not_started',
        depends_on: [],
        min_percent: 0,
        already: 0,
        produces_text: false,
        timeout_ms: 5_000,
        attempts: 1,
        planned: ids([0, 4]),
      },
      {
        phase: 'feed',
        decision: 'run',
        reason: 'not_started',
        depends_on: ['spell'],
        min_percent: 0,
        already: 3,
        produces_text: false,
        timeout_ms: 5_000,
        attempts: 1,
        planned: ids([0, 1, 2]),
      },
    ],
  },
  {
    execution: 'sequential',
    phases: [
      {
        phase: 'spell',
        decision: 'skip',
        reason: 'already_completed',
        depends_on: [],
        min_percent: 0,
        already: 0,
        produces_text: true,
        timeout_ms: 5_000,
        attempts: 2,
        planned: [],
      },
      {
        phase: 'gram',
        decision: 'run',
        reason: 'not_started',
        depends_on: ['spell'],
        min_percent: 50,
        already: 0,
        produces_text: false,
        timeout_ms: 5_000,
        attempts: 1,
        planned: ids([0, 1]),
      },
    ],
  },
  {
    execution: 'sequential',
    phases: [
      {
        phase: 'spell',
        decision: 'skip',
        reason: 'already_completed',
        depends_on: [],
        min_percent: 0,
        already: 3,
        produces_text: true,
        timeout_ms: 5_000,
        attempts: 1,
        planned: [],
      },
    ],
  },
]

const texts = Object.fromEntries(ids([0, 1, 2, 3, 4]).map((id) => [id, `text-${id}`]))

const requestOf = (
  { id, user, correlation, long = false }: { id: number; user: number; correlation: number; long?: boolean },
  at: number,
  offset: number,
): RequestInput => ({
  request_id: `request-${id}`,
  correlation_id: `c-${correlation}`,
  requested_pipeline: 'all',
  user_id: `user-${user}`,
  is_retry: id === 2,
  message: long ? `{"id":"${'ö'.repeat(500)}"}` : `{"id":${id}}`,
  assignment_id: id === 1 ? null : `a-ö${id}`,
  prompt_ref: id === 2 ? `{"prompt":"ö${id}"}` : null,
  at,
  position: id === 1 ? null : { place: 'requests|2', offset },
  redrive_id: offset % 3 === 0 ? `redrive-${offset % 2}` : null,
  wait_ms: 60_000,
  max_bytes: 1_000,
  max_age_ms: 1_000_000_000,
})

/** Does one step; `last` is what the step before answered, for acknowledgements. `now` is in milliseconds. */
export const take = async (
  store: RunStore,
  batchId: BatchId,
  step: Step,
  index: number,
  now: number,
  last: Transitioned | undefined,
): Promise<Transitioned> => {
  switch (step.what) {
    case 'register':
      return store.register(batchId, {
        cause: `cause-${index}`,
        correlation_id: 'c-reg',
        user_id: 'user-0',
        org_id: null,
        is_regular: step.regular,
        registration: '{"essay_ids":["3","0","1"]}',
      })
    case 'content':
      return store.content(batchId, {
        cause: `cause-${index}`,
        correlation_id: 'c-content',
        kind: step.kind,
        essays: step.offset % 2 === 0 ? [] : [['0', 'text-0']],
        position: step.kind === 'confirmed' ? null : { place: 'content|0', offset: step.offset },
      })
    case 'request':
      return store.request(batchId, requestOf(step, step.late ? 1 : now, step.late ? 0 : index))
    case 'flood': {
      for (let i = 0; i < 25; i++) {
        const other = requestOf({ id: 10 + i, user: 9, correlation: 0 }, now, index)
        await store.request(batchId, { ...other, request_id: `flood-${index}-${i}` })
      }
      return store.expire(batchId)
    }
    case 'start':
      return store.start(batchId, {
        request_id: `request-${step.id}`,
        run_id: `run-${step.id}`,
        plan_revision: '7',
        ...(PLANS[step.plan] ?? { execution: 'sequential', phases: [] }),
        texts,
        essay_count: 5,
        refused_essay_count: step.plan,
        refused_essays: step.plan === 0 ? [] : [{ essay_id: '9', code: 'EMPTY' }],
        message: `{"id":${step.id}}`,
      })
    case 'refuse':
      return store.refuse(batchId, {
        request_id: `request-${step.id}`,
        reason: 'prompt_missing',
        detail: 'No prompt.',
        credits: step.id === 1 ? { required: 3, available: 1, breakdown: { pairs: 3 } } : null,
        patience_ms: step.patience,
      })
    case 'outcome':
      return store.outcome(batchId, {
        cause: `cause-${index}`,
        correlation_id: `c-${step.correlation}`,
        phase: PHASES[step.phase] ?? 'spell',
        processed: ids(step.succeeded).map((id) => [id, `new-${id}`] as const),
        failed: ids(step.failed),
        at: step.late ? 1 : now,
        position: { place: 'outcome|3', offset: step.offset },
      })
    case 'expire':
      return store.expire(batchId)
    case 'timeout':
      return store.timeout(batchId)
    case 'moveOn':
      return store.moveOn(batchId)
    case 'cancel': {
      const run_id = step.run === null ? null : `run-${step.run}`
      const reason = step.tooLarge ? ('too_large' as const) : ('cancelled' as const)
      return store.cancel(batchId, { request_id: `cancel-${step.id}`, correlation_id: 'c-cancel', run_id, reason })
    }
    case 'prompt':
      return store.prompt(batchId, { correlation_id: 'c-prompt', prompt_ref: `{"prompt":${step.id}}` })
    case 'pause':
    case 'resume':
      await setPaused(store, PHASES[step.phase] ?? 'spell', step.what === 'pause')
      return store.moveOn(batchId)
    case 'restore': {
      // A book that was published earlier, or one that the store has lost since.
      const { book, entries } = last ?? (await store.expire(batchId))
      const book_revision = index % 2 === 0 ? book.book_revision : `${Number(book.book_revision) + 1}`
      return store.restore(batchId, {
        book: { ...book, book_revision },
        entries: entries.filter(({ kind }) => kind !== 'book'),
      })
    }
    case 'ack': {
      const entries = (last?.entries ?? []).filter((_, i) => step.part === 0 || i % 2 === step.part - 1)
      const book = entries.some(({ kind }) => kind === 'book')
      const revision = step.stale ? '1' : (last?.book.book_revision ?? null)
      return store.ack(batchId, {
        seqs: entries.map(({ seq }) => seq),
        book_revision: book || step.stale ? revision : null,
      })
    }
  }
}
