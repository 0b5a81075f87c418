import { PassingError } from '../shared/errors.ts'
import { ProblemError } from '../shared/http/problem.ts'
import type { User } from './env.ts'
import type { ConductorPort, OrchestratorPort } from './ports.ts'

/** Whose batch it is; never changes. */
export interface Owner {
  readonly user_id: string
  readonly org_id: string | null
}

export interface Owners {
  /**
   * For what changes a batch: rejects with a 403 or a 404 when it is somebody else's or was never registered. Says nothing
   * when neither the conductor nor the orchestrator can be asked now, since the orchestrator judges finally.
   */
  check(batchId: string, user: User, correlationId: string): Promise<void>
  /** For what shows something of a batch: rejects when this user may not see it, also when nobody can be asked. */
  require(batchId: string, user: User, correlationId: string): Promise<void>
  /** Keeps in mind whose batch it is. */
  learn(batchId: string, owner: Owner): void
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

/** A user sees what is theirs, an admin also what is their organisation's, a service everything. */
export const maySee = ({ userId, orgId, roles }: User, owner: Owner): boolean =>
  owner.user_id === userId ||
  roles.includes('service') ||
  (roles.includes('admin') && orgId !== null && owner.org_id === orgId)

/** Whose batch it is, asked of the conductor, and of the orchestrator where the conductor does not know it yet. */
export const createOwners = (deps: {
  readonly conductor: Pick<ConductorPort, 'status'>
  readonly orchestrator: Pick<OrchestratorPort, 'owner'>
}): Owners => {
  const known = new Map<string, Owner>()

  const learn = (batchId: string, { user_id, org_id }: Owner): void => {
    // Those asked for last stay.
    known.delete(batchId)
    const oldest = known.keys().next()
    if (known.size >= MAX_KNOWN && !oldest.done) known.delete(oldest.value)
    known.set(batchId, { user_id, org_id })
  }

  const ask = async (batchId: string, correlationId: string): Promise<Owner> => {
    const answers = [deps.conductor.status, deps.orchestrator.owner]
    let unavailable: PassingError | undefined
    for (const answer of answers) {
      try {
        const found = await answer(batchId, correlationId)
        if (found) return found
      } catch (thrown) {
        if (!(thrown instanceof PassingError)) throw thrown
        unavailable = thrown
      }
    }
    if (unavailable) throw unavailable
    // Not remembered: the next look may find it.
    throw noSuchBatch()
  }
  const ownerOf = async (batchId: string, correlationId: string): Promise<Owner> => {
    const owner = known.get(batchId) ?? (await ask(batchId, correlationId))
    learn(batchId, owner)
    return owner
  }

  return {
    learn,
    async require(batchId, user, correlationId) {
      if (!maySee(user, await ownerOf(batchId, correlationId))) throw notYours()
    },
    async check(batchId, user, correlationId) {
      try {
        const owner = await ownerOf(batchId, correlationId)
        if (owner.user_id !== user.userId) throw notYours()
      } catch (thrown) {
        if (!(thrown instanceof PassingError)) throw thrown
      }
    },
  }
}
