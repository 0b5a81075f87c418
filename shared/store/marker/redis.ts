import { z } from 'zod'
import type { RedisClient } from '../redis/client.ts'
import { markerKey } from './key.ts'
import advanceLua from './lua/advance.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import type { MarkerStore } from './port.ts'

export interface RedisMarkerOptions {
  readonly redis: Pick<RedisClient, 'define'>
  /** Put before every key; default none. */
  readonly prefix?: string
}

const FlatList = z.array(z.string())

/** Markers in Redis. The calls of all buckets share a pipeline (the client's auto-pipelining). */
export const createRedisMarkers = ({ redis, prefix = '' }: RedisMarkerOptions): MarkerStore => {
  const advance = redis.define({ name: 'markerAdvance', numberOfKeys: 1, lua: advanceLua })
  const read = redis.define({ name: 'markerRead', numberOfKeys: 1, lua: readLua })

  return {
    read: (buckets) =>
      Promise.all(
        buckets.map(async (bucket) => {
          const pairs = pairsOf(FlatList.parse(await read([markerKey(prefix, bucket)], [])))
          return new Map(pairs.map(([field, offset]) => [field, Number(offset)]))
        }),
      ),
    async advance(changes) {
      const perBucket = await Promise.all(
        changes.map(async ({ bucket, moves }) => {
          if (moves.length === 0) return []
          const args = moves.flatMap(({ field, expected, next }) => [field, expected ?? '', next])
          const pairs = pairsOf(FlatList.parse(await advance([markerKey(prefix, bucket)], args)))
          return pairs.map(([field, found]) => ({ bucket, field, found: found === '' ? null : Number(found) }))
        }),
      )
      return perBucket.flat()
    },
  }
}

const pairsOf = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []))
