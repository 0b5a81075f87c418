import { PassingError } from '../shared/errors.ts'
import { ProblemError } from '../shared/http/problem.ts'
import type { User } from './env.ts'
import type { ConductorPort, OrchestratorPort } from './ports.ts'

export interface Owners {
  /**
   * Rejects with a 403 or a 404 when the batch is somebody else's or was never registered. Says nothing when neither the
   * conductor nor the orchestrator can be asked now.
   */
  check(batchId: string, user: User, correlationId: string): Promise<void>
  /** The same, but rejects with a PassingError when neither can be asked: for what shows something of the batch. */
  require(batchId: string, user: User, correlationId: string): Promise<void>
  /** Keeps in mind whose batch it is; an owner never changes. */
  learn(batchId: string, userId: string): void
}

const MAX_KNOWN = 20_000

export const notYours = () =>
  new ProblemError({
    code: 'AUTHORIZATION_ERROR',
    detail: 'This batch belongs to somebody else.',
    reason: 'not_owner',
  })

export const noSuchBatch = () =>
  new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.', reason: 'unknown_batch' })

/** Whose batch it is, asked of the conductor, and of the orchestrator where the conductor does not know it yet. */
export const createOwners = (deps: {
  readonly conductor: ConductorPort
  readonly orchestrator: OrchestratorPort
}): Owners => {
  const known = new Map<string, string>()

  const learn = (batchId: string, userId: string): void => {
    const oldest = known.keys().next()
    if (known.size >= MAX_KNOWN && !oldest.done) known.delete(oldest.value)
    known.set(batchId, userId)
  }

  const ask = async (batchId: string, correlationId: string): Promise<string> => {
    const answers = [deps.conductor.status, deps.orchestrator.owner]
    let unavailable: PassingError | undefined
    for (const answer of answers) {
      try {
        const found = await answer(batchId, correlationId)
        if (found) return found.user_id
      } catch (thrown) {
        if (!(thrown instanceof PassingError)) throw thrown
        unavailable = thrown
      }
    }
    if (unavailable) throw unavailable
    // Not remembered: the next look may find it.
    throw noSuchBatch()
  }

  const require: Owners['require'] = async (batchId, user, correlationId) => {
    let owner = known.get(batchId)
    if (owner === undefined) {
      owner = await ask(batchId, correlationId)
      learn(batchId, owner)
    }
    if (owner !== user.userId) throw notYours()
  }

  return {
    learn,
    require,
    async check(batchId, user, correlationId) {
      try {
        await require(batchId, user, correlationId)
      } catch (thrown) {
        if (!(thrown instanceof PassingError)) throw thrown
      }
    },
  }
}
