import type { Database } from 'bun:sqlite'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { parseAnswer } from './answer.ts'
import { type Claim, type IdempotencyStore, KEEP_MS, type Reservation } from './port.ts'

export interface EmbeddedIdempotencyOptions {
  readonly db: Database
  /** Microseconds since 1970. */
  readonly clock: () => number
}

const TABLE = `CREATE TABLE IF NOT EXISTS idempotency (
  digest TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, correlation TEXT NOT NULL, owner TEXT,
  until INTEGER NOT NULL, answer TEXT, expires INTEGER NOT NULL
) WITHOUT ROWID`
const INDEX = 'CREATE INDEX IF NOT EXISTS idempotency_expires ON idempotency (expires)'

interface Row {
  readonly fingerprint: string
  readonly correlation: string
  readonly until: number
  readonly answer: string | null
}

/** Idempotency keys in SQLite, one transaction a transition. What has expired is removed when the next key comes. */
export const createEmbeddedIdempotencyStore = ({ db, clock }: EmbeddedIdempotencyOptions): IdempotencyStore => {
  db.exec(TABLE)
  db.exec(INDEX)
  const expire = db.query<undefined, [number]>('DELETE FROM idempotency WHERE expires <= ?')
  const find = db.query<Row, [string]>('SELECT * FROM idempotency WHERE digest = ?')
  const put = db.query<undefined, [string, string, string, string, number, number]>(
    'INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, NULL, ?)',
  )
  const complete = db.query<undefined, [string, number, string, string]>(
    'UPDATE idempotency SET answer = ?, expires = ?, owner = NULL, until = 0 WHERE digest = ? AND owner = ?',
  )
  const release = db.query<undefined, [string, string]>(
    'UPDATE idempotency SET owner = NULL, until = 0 WHERE digest = ? AND owner = ?',
  )
  const expiry = (): number => clock() + KEEP_MS * 1_000

  const reserve = db.transaction((digest: string, claim: Claim): Reservation => {
    const now = clock()
    expire.run(now)
    const found = find.get(digest)
    if (found && found.fingerprint !== claim.fingerprint) return { state: 'mismatch' }
    if (found?.answer) return { state: 'answered', correlationId: found.correlation, answer: parseAnswer(found.answer) }
    if (found && found.until > now) return { state: 'running', retryAfterMs: Math.ceil((found.until - now) / 1_000) }
    const correlationId = found?.correlation ?? claim.correlationId
    put.run(digest, claim.fingerprint, correlationId, claim.owner, now + claim.leaseMs * 1_000, expiry())
    return { state: 'reserved', correlationId }
  })

  return withFailuresTyped<IdempotencyStore>({
    reserve: async (digest, claim) => reserve.immediate(digest, claim),
    complete: async (digest, owner, answer) =>
      complete.run(JSON.stringify(answer), expiry(), digest, owner).changes === 1,
    async release(digest, owner) {
      release.run(digest, owner)
    },
  })
}
