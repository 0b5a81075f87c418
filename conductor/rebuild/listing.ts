import type { Database } from 'bun:sqlite'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { type Owner, readOwner } from '../owned/port.ts'
import { batchNames, ownerNames } from '../state/keys.ts'

/** All that there is in the live state, whether the log knows of it or not. It looks at every key, which services never do. */
export interface Listing {
  batches(): Promise<readonly BatchId[]>
  owners(): Promise<readonly Owner[]>
}

export const createRedisListing = (redis: Pick<RedisClient, 'scan'>, prefix: string): Listing => {
  const names = async ({ pattern, nameIn }: ReturnType<typeof batchNames>): Promise<readonly string[]> => {
    const found = new Set<string>()
    for await (const key of redis.scan(pattern)) {
      const name = nameIn(key)
      if (name !== undefined) found.add(name)
    }
    return [...found]
  }
  return {
    batches: async () => (await names(batchNames(prefix))).map(batchId),
    owners: async () => (await names(ownerNames(prefix))).map(readOwner),
  }
}

export const createEmbeddedListing = (db: Database): Listing => {
  const batches = db.query<{ batch_id: string }, []>('SELECT batch_id FROM fact_batches')
  const owners = db.query<{ owner: string }, []>('SELECT DISTINCT owner FROM owned')
  return withFailuresTyped<Listing>({
    batches: async () => batches.all().map((row) => batchId(row.batch_id)),
    owners: async () => owners.all().map((row) => readOwner(row.owner)),
  })
}
