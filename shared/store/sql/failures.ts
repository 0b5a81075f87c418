import { SQL } from 'bun'
import { asError, PassingError } from '../../errors.ts'
import { sqliteFailure } from '../sqlite.ts'

/**
 * SQLSTATE classes of a server that is starting, stopping, full, or that gave way to another transaction: connection (08),
 * rollback (40), resources (53), operator (57), system (58).
 */
const PASSING_STATES = /^(08|40|53|57|58)/
/** What the client says when the connection is the trouble. */
const PASSING_CODES =
  /^ERR_POSTGRES_(CONNECTION|IDLE|LIFETIME|TLS)|^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/

/** The failure as its type (invariant 7); what is in neither list is a bug of ours. */
export const archiveFailure = (thrown: unknown): Error => {
  const error = asError(thrown)
  if (error instanceof SQL.SQLiteError) return sqliteFailure(error)
  const state = error instanceof SQL.PostgresError ? `${error.errno ?? ''}` : ''
  const code = String(Reflect.get(error, 'code') ?? '')
  return PASSING_STATES.test(state) || PASSING_CODES.test(code)
    ? new PassingError('postgres', error.message, { cause: error })
    : error
}
