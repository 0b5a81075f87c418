import type { Database } from 'bun:sqlite'
import { BUCKETS } from '../../shared/buckets.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { memberOf, type Owned, type OwnedIndex, ownerName, readMember } from './port.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS owned (
  owner TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (owner, member)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owned_filled (at INTEGER NOT NULL)`

/** Whose batches there are, in SQLite. */
export const createEmbeddedOwnedIndex = (db: Database): OwnedIndex => {
  db.exec(TABLE)
  const insert = db.query<undefined, [string, string]>('INSERT OR IGNORE INTO owned VALUES (?, ?)')
  const drop = db.query<undefined, [string, string]>('DELETE FROM owned WHERE owner = ? AND member = ?')
  const page = db.query<{ member: string }, [string, string, number]>(
    'SELECT member FROM owned WHERE owner = ? AND member < ? ORDER BY member DESC LIMIT ?',
  )
  const isFilled = db.query<{ at: number }, []>('SELECT at FROM owned_filled')
  const setFilled = db.query<undefined, [number]>('INSERT INTO owned_filled VALUES (?)')
  const count = db.query<{ n: number }, [string]>('SELECT count(*) AS n FROM owned WHERE owner = ?')
  const add = db.transaction((owned: readonly Owned[]) => {
    for (const item of owned) insert.run(ownerName(item.owner), memberOf(item))
  })
  const remove = db.transaction((owned: readonly Owned[]) => {
    for (const item of owned) drop.run(ownerName(item.owner), memberOf(item))
  })

  return withFailuresTyped<OwnedIndex>({
    async add(owned) {
      if (owned.length > 0) add(owned)
    },
    async remove(owned) {
      if (owned.length > 0) remove(owned)
    },
    async list(owner, { cursor, count }) {
      // Members begin with a digit, so this is behind all of them.
      const members = page.all(ownerName(owner), cursor ?? ':', count).map(({ member }) => member)
      return { batches: members.map(readMember), next: members.length < count ? null : (members.at(-1) ?? null) }
    },
    // One process has the file, and what it holds is lost as a whole or not at all.
    claimUnfilled: async () => (isFilled.get() ? [] : Array.from({ length: BUCKETS }, (_, bucket) => bucket)),
    async filled() {
      setFilled.run(Date.now())
    },
    count: async (owner) => count.get(ownerName(owner))?.n ?? 0,
  })
}
