import { z } from 'zod'
import type { RedisClient } from '../redis/client.ts'
import { caughtUpKey, completeField, markerKey } from './key.ts'
import advanceLua from './lua/advance.lua' with { type: 'text' }
import keepLua from './lua/keep.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import type { KeepChange, Kept, MarkerStore } from './port.ts'

export interface RedisMarkerOptions {
  readonly redis: Pick<RedisClient, 'define'>
  /** Put before every key; default none. */
  readonly prefix?: string
}

const FlatList = z.array(z.string())
const KeepReply = z.array(z.union([z.string(), z.int()]))

/** Markers in Redis. The calls of all buckets share a pipeline (the client's auto-pipelining). */
export const createRedisMarkers = ({ redis, prefix = '' }: RedisMarkerOptions): MarkerStore => {
  const advance = redis.define({ name: 'markerAdvance', numberOfKeys: 1, lua: advanceLua })
  const keep = redis.define({ name: 'markerKeep', numberOfKeys: 2, lua: keepLua })
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
    keep: (group, changes) =>
      Promise.all(
        changes.map(async (change) => {
          const keys = [markerKey(prefix, change.bucket), caughtUpKey(prefix, change.bucket, group)]
          return keptOf(change.bucket, KeepReply.parse(await keep(keys, keepArguments(group, change))))
        }),
      ),
    async isComplete(group, bucket) {
      const pairs = pairsOf(FlatList.parse(await read([markerKey(prefix, bucket)], [])))
      return pairs.some(([field]) => field === completeField(group))
    },
  }
}

const keepArguments = (group: string, { seal, drop = [], moves, required = [] }: KeepChange) => {
  const args: (string | number)[] = [completeField(group), seal?.field ?? '', seal?.expected ?? '', seal?.next ?? '']
  args.push(drop.length, moves.length, ...drop)
  for (const { field, expected, next, writes, caughtUp } of moves)
    args.push(field, expected ?? '', next, writes, caughtUp ? 1 : 0)
  return required.length === 0 ? args : args.concat(required)
}

const keptOf = (bucket: number, [complete, ...rest]: readonly (string | number)[]): Kept => ({
  bucket,
  sealed: complete !== undefined,
  complete: complete === 1,
  misses: rest.flatMap((field, i) =>
    i % 3 === 0
      ? [{ field: String(field), found: rest[i + 1] === '' ? null : Number(rest[i + 1]), lost: rest[i + 2] === 1 }]
      : [],
  ),
})

const pairsOf = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []))
