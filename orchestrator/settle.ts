import { asError, PassingError } from '../shared/errors.ts'
import type { BatchId } from '../shared/ids.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { OrchestratorMetrics } from '../shared/telemetry/metrics.ts'
import type { PublishOutbox } from './outbox.ts'
import type { Plan, Planned } from './planning.ts'
import type { Book } from './runs/model/book.ts'
import type { RunStore, Transitioned } from './runs/port.ts'

export interface SettleDeps {
  readonly store: Pick<RunStore, 'start' | 'refuse'>
  readonly publish: PublishOutbox
  readonly plan: Plan
  readonly logger: Logger
  readonly metrics: Pick<OrchestratorMetrics, 'request' | 'commanded' | 'ended'>
}

/**
 * Does what a transition calls for: publishes what it said, and plans the request that it found ready. Safe to be repeated
 * from any point after a crash. Rejects with a PassingError while something that it needs is away.
 */
export const createSettle = ({ store, publish, plan, logger, metrics }: SettleDeps) => {
  const say = async (batchId: BatchId, transitioned: Transitioned): Promise<Transitioned> => {
    // Counted once the log has it: a publish that is tried again and again is one.
    count(metrics, await publish(batchId, transitioned))
    return transitioned
  }

  /** A request that cannot be planned for no passing reason is refused: a refusal is an answer, silence is none. */
  const planned = async (book: Book, requestId: string): Promise<Planned | undefined> => {
    try {
      return await plan(book)
    } catch (thrown) {
      if (thrown instanceof PassingError) throw thrown
      const { message, stack } = asError(thrown)
      logger.error({ batch_id: book.batch_id, request_id: requestId, err: message, stack }, 'not planned')
      const detail = 'The request could not be planned. It has been logged.'
      return {
        decision: 'refuse',
        input: { request_id: requestId, reason: 'planning_failed', detail, credits: null, patience_ms: 0 },
      }
    }
  }

  return async function settle(batchId: BatchId, transitioned: Transitioned): Promise<Transitioned> {
    await say(batchId, transitioned)
    const { reply, book } = transitioned
    const made = reply === 'plan' && book.pending ? await planned(book, book.pending.request_id) : undefined
    if (!made) return transitioned
    const decided =
      made.decision === 'start' ? await store.start(batchId, made.input) : await store.refuse(batchId, made.input)
    if (made.decision === 'refuse' && decided.reply === 'waiting') {
      const { request_id, reason, detail } = made.input
      logger.warn({ batch_id: batchId, request_id, reason, detail }, 'not planned yet')
    }
    return say(batchId, decided)
  }
}
export type Settle = ReturnType<typeof createSettle>

const count = (metrics: SettleDeps['metrics'], { reply, book, entries }: Transitioned): void => {
  if (reply === 'started') metrics.request('accepted', 'none')
  for (const entry of entries) {
    if (entry.kind === 'command') metrics.commanded(entry.phase)
    if (entry.kind === 'refused') {
      const request = book.requests.find(({ request_id }) => request_id === entry.request_id)
      metrics.request('refused', request?.reason ?? 'unknown')
    }
    const run = entry.kind === 'ended' ? book.runs.find(({ run_id }) => run_id === entry.run_id) : undefined
    if (run) metrics.ended(run.requested_pipeline, run.status)
  }
}
