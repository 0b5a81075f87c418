import { Database } from 'bun:sqlite'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { asError, PassingError } from '../errors.ts'

/**
 * Opens a SQLite file for state: WAL, and every commit on disk before it counts (`synchronous=FULL`), since what was
 * acknowledged must survive a power cut as well as a `kill -9`. `:memory:` is for tests.
 */
export const openDatabase = (path: string): Database => {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const db = new Database(path, { create: true, strict: true })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON')
  return db
}

/** A disk that is full or fails, and a file that somebody else holds. */
const PASSING_CODES = /^SQLITE_(BUSY|LOCKED|FULL|IOERR)/

/** The failure as its type (invariant 7); what is not in the list is a bug of ours. */
export const sqliteFailure = (thrown: unknown): Error => {
  const error = asError(thrown)
  const passes = PASSING_CODES.test(String(Reflect.get(error, 'code') ?? ''))
  return passes ? new PassingError('sqlite', error.message, { cause: error }) : error
}

/** The same store; what its methods fail with has its type (invariant 7). */
export const withFailuresTyped = <Store extends object>(store: Store): Store => {
  const members: [string, unknown][] = Object.entries(store)
  const typed = members.flatMap(([name, method]) => {
    if (typeof method !== 'function') return []
    const call = (...args: unknown[]): unknown => {
      try {
        const answer: unknown = Reflect.apply(method, store, args)
        return answer instanceof Promise ? answer.catch(fail) : answer
      } catch (thrown) {
        return fail(thrown)
      }
    }
    return [[name, call] as const]
  })
  return Object.assign({ ...store }, Object.fromEntries(typed))
}

const fail = (thrown: unknown): never => {
  throw sqliteFailure(thrown)
}
