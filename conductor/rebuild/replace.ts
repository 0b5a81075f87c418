import type { Database } from 'bun:sqlite'
import { z } from 'zod'
import type { BatchId } from '../../shared/ids.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { embeddedExpiry } from '../state/expiry.ts'
import { batchKeys } from '../state/keys.ts'
import signatures from '../state/lua/lib/signatures.lua' with { type: 'text' }
import { BatchHead } from '../state/model/head.ts'
import { EssayRecord } from '../state/model/record.ts'
import replaceLua from './lua/replace.lua' with { type: 'text' }
import type { BatchRows } from './shadow.ts'

/**
 * Puts a batch in the place of the live one, all of it or nothing. `behind`: the live one has applied more of the log than
 * the new one knows, and stays. The revision only grows (invariant 10).
 */
export type ReplaceBatch = (
  batchId: BatchId,
  rows: BatchRows,
  options: ReplaceOptions,
) => Promise<'replaced' | 'behind'>

export interface ReplaceOptions {
  /** The log is whole: what the archive has is replaced as well. Otherwise the two are merged. */
  readonly isWhole: boolean
}

export interface RedisReplaceOptions {
  readonly redis: Pick<RedisClient, 'define'>
  readonly prefix: string
  /** Microseconds since 1970; default Redis's own clock. */
  readonly clock?: () => number
}

export const createRedisReplace = ({ redis, prefix, clock }: RedisReplaceOptions): ReplaceBatch => {
  const run = redis.define({ name: 'factsReplace', numberOfKeys: 7, lua: [signatures, replaceLua].join('\n') })
  return async (batchId, { head, book, essays }, { isWhole }) => {
    const { meta, essays: essaysKey, ids, tally, book: bookKey, unarchived, standing } = batchKeys(prefix, batchId)
    const registered = essays.filter(({ position }) => position !== null)
    const batch = {
      meta: {
        ...head.content,
        ...(head.registeredBy === null ? {} : { registered_by: head.registeredBy }),
        ...(head.registration === null ? {} : { registration: JSON.stringify(head.registration) }),
      },
      positions: Object.fromEntries(Object.entries(head.positions).map(([place, offset]) => [place, String(offset)])),
      tally: head.tally,
      ids: registered.map(({ essayId }) => essayId),
      standing: registered.flatMap(({ essayId, record }) => [EssayRecord.parse(JSON.parse(record)).s ?? '', essayId]),
      essays: essays.flatMap(({ essayId, record }) => [essayId, record]),
      book: book === null ? [] : ['revision', head.bookRevision ?? '0', 'json', book],
    }
    const args = [clock?.() ?? '', JSON.stringify(batch), batchId, isWhole ? 1 : 0]
    const reply = await run([meta, essaysKey, ids, tally, bookKey, unarchived, standing], args)
    return z.enum(['replaced', 'behind']).parse(reply)
  }
}

export const createEmbeddedReplace = (db: Database, clock = () => Date.now() * 1_000): ReplaceBatch => {
  const live = db.query<{ head: string }, [string]>('SELECT head FROM fact_batches WHERE batch_id = ?')
  const dropEssays = db.query<undefined, [string]>('DELETE FROM fact_essays WHERE batch_id = ?')
  const setBatch = db.query<undefined, [string, string, string | null]>('REPLACE INTO fact_batches VALUES (?, ?, ?)')
  const addEssay = db.query<undefined, [string, string, string, number | null]>(
    'INSERT INTO fact_essays VALUES (?, ?, ?, ?)',
  )
  const expiry = embeddedExpiry(db)
  const replace = db.transaction((batchId: BatchId, { head, book, essays }: BatchRows, isWhole: boolean) => {
    const now = clock()
    expiry.drop(batchId, now)
    const row = live.get(batchId)
    const current = row ? BatchHead.parse(JSON.parse(row.head)) : undefined
    const isBehind = Object.entries(current?.positions ?? {}).some(
      ([place, offset]) => offset > (head.positions[place] ?? -1),
    )
    if (isBehind) return 'behind' as const
    const revision = String(Math.max(Number(current?.revision ?? 0) + 1, now))
    const archived = isWhole ? (current?.archived ?? null) : null
    dropEssays.run(batchId)
    setBatch.run(batchId, JSON.stringify({ ...head, revision, factsRevision: revision, archived }), book)
    expiry.changed(batchId, now)
    for (const { essayId, record, position } of essays) addEssay.run(batchId, essayId, record, position)
    return 'replaced' as const
  })
  return withFailuresTyped<{ readonly run: ReplaceBatch }>({
    run: async (batchId, rows, { isWhole }) => replace(batchId, rows, isWhole),
  }).run
}
