import type { Database } from 'bun:sqlite'
import { z } from 'zod'
import type { BatchId } from '../../shared/ids.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { embeddedExpiry } from '../state/expiry.ts'
import { batchKeys } from '../state/keys.ts'
import { BatchHead } from '../state/model/head.ts'
import removeLua from './lua/remove.lua' with { type: 'text' }
import type { RedisReplaceOptions } from './replace.ts'
import type { Extents } from './replay.ts'

/**
 * Takes away a batch of which the log says nothing. `behind`: the log has no longer, or not yet, all the places that it rests
 * on, and it stays: what it says may once have stood there.
 */
export type RemoveBatch = (batchId: BatchId, extents: Extents) => Promise<'removed' | 'behind'>

export const createRedisRemove = ({ redis, prefix }: Omit<RedisReplaceOptions, 'clock'>): RemoveBatch => {
  const run = redis.define({ name: 'factsRemove', numberOfKeys: 7, lua: removeLua })
  return async (batchId, extents) => {
    const { meta, essays, ids, tally, book, unarchived, standing } = batchKeys(prefix, batchId)
    const places = Object.fromEntries([...extents].map(([place, { first, last }]) => [place, [first, last]]))
    const reply = await run([meta, essays, ids, tally, book, unarchived, standing], [batchId, JSON.stringify(places)])
    return z.enum(['removed', 'behind']).parse(reply)
  }
}

export const createEmbeddedRemove = (db: Database): RemoveBatch => {
  const live = db.query<{ head: string }, [string]>('SELECT head FROM fact_batches WHERE batch_id = ?')
  const expiry = embeddedExpiry(db)
  const remove = db.transaction((batchId: BatchId, extents: Extents) => {
    const row = live.get(batchId)
    const positions = row ? BatchHead.parse(JSON.parse(row.head)).positions : {}
    const isBehind = Object.entries(positions).some(([place, offset]) => {
      const extent = extents.get(place)
      return offset >= 0 && (extent === undefined || offset < extent.first || offset > extent.last)
    })
    if (isBehind) return 'behind' as const
    expiry.remove(batchId)
    return 'removed' as const
  })
  return withFailuresTyped<{ readonly run: RemoveBatch }>({
    run: async (batchId, extents) => remove(batchId, extents),
  }).run
}
