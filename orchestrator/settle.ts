import type { BatchId } from '../shared/ids.ts'
import type { OrchestratorMetrics } from '../shared/telemetry/metrics.ts'
import type { PublishOutbox } from './outbox.ts'
import type { Plan } from './planning.ts'
import type { RunStore, Transitioned } from './runs/port.ts'

export interface SettleDeps {
  readonly store: Pick<RunStore, 'start' | 'refuse'>
  readonly publish: PublishOutbox
  readonly plan: Plan
  readonly metrics: OrchestratorMetrics
}

/**
 * Does what a transition calls for: publishes what it said, and plans the request that it found ready. Safe to be repeated
 * from any point after a crash. Rejects with a PassingError while something that it needs is away.
 */
export const createSettle = ({ store, publish, plan, metrics }: SettleDeps) =>
  async function settle(batchId: BatchId, transitioned: Transitioned): Promise<void> {
    count(metrics, transitioned)
    await publish(batchId, transitioned)
    if (transitioned.reply !== 'plan') return
    const planned = await plan(transitioned.book)
    if (!planned) return
    const decided =
      planned.decision === 'start'
        ? await store.start(batchId, planned.input)
        : await store.refuse(batchId, planned.input)
    count(metrics, decided)
    await publish(batchId, decided)
  }
export type Settle = ReturnType<typeof createSettle>

const count = (metrics: OrchestratorMetrics, { reply, book, entries }: Transitioned): void => {
  const request = book.requests.at(-1)
  if (reply === 'started') metrics.request('accepted', 'none')
  if (reply === 'refused') metrics.request('refused', request?.reason ?? 'none')
  for (const entry of entries) {
    if (entry.kind === 'command') metrics.commanded(entry.phase)
    const run = entry.kind === 'ended' ? book.runs.find(({ run_id }) => run_id === entry.run_id) : undefined
    if (run) metrics.ended(run.requested_pipeline, run.status)
  }
}
