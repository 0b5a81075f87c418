import type { Plan, PlanRequest } from '../client/types.ts'
import { useBaton } from './baton-provider.tsx'
import { type Asked, useAnswer } from './use-answer.ts'
import { useBatch } from './use-batch.ts'

export type PlanOptions = Omit<PlanRequest, 'requested_pipeline'>

/**
 * What would run for a batch and why; nothing is started. Asked anew when the batch takes another turn. Undefined as
 * pipeline: there is nothing to plan yet.
 */
export const usePlan = (batchId: string, pipeline: string | undefined, options: PlanOptions = {}): Asked<Plan> => {
  const baton = useBaton()
  const { batch } = useBatch(batchId)
  const turn = batch && [batch.status, batch.details.run?.run_id, batch.details.run?.status]
  const question = pipeline && turn ? JSON.stringify([batchId, pipeline, options]) : undefined
  const ask = () => baton.plan(batchId, { requested_pipeline: pipeline ?? '', ...options })
  return useAnswer(question, ask, JSON.stringify(turn))
}
