import { z } from 'zod'

/** What of another service's problem can be passed on or acted on. */
export const UpstreamProblem = z.object({
  code: z.string().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  outcome: z.enum(['not_sent', 'unknown']).optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})
export type UpstreamProblem = z.infer<typeof UpstreamProblem>

/** A service of ours answered with a refusal, or with something that it should not. */
export class UpstreamError extends Error {
  override name = 'UpstreamError'
  readonly status: number
  readonly problem: UpstreamProblem

  constructor(target: string, status: number, problem: UpstreamProblem) {
    super(`${target} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? ''}`)
    this.status = status
    this.problem = problem
  }
}
