import { z } from 'zod'
import { BUCKETS } from '../../shared/buckets.ts'
import type { RedisClient, RunScript } from '../../shared/store/redis/client.ts'
import { ownedFilledKey, ownedKey } from '../state/keys.ts'
import addLua from './lua/add.lua' with { type: 'text' }
import claimUnfilledLua from './lua/claim-unfilled.lua' with { type: 'text' }
import countLua from './lua/count.lua' with { type: 'text' }
import filledLua from './lua/filled.lua' with { type: 'text' }
import listLua from './lua/list.lua' with { type: 'text' }
import removeLua from './lua/remove.lua' with { type: 'text' }
import { memberOf, type Owned, type OwnedIndex, type Owner, ownerName, readMember } from './port.ts'

const Members = z.array(z.string())
/** Lua's `unpack` takes some thousands of values; a fetch never holds more registrations of one owner than this. */
const MAX_MEMBERS = 1_000

/** Whose batches there are, in Redis: one sorted set an owner. */
export const createRedisOwnedIndex = (options: {
  readonly redis: Pick<RedisClient, 'define'>
  readonly prefix?: string
}): OwnedIndex => {
  const { redis, prefix = '' } = options
  const add = redis.define({ name: 'ownedAdd', numberOfKeys: 1, lua: addLua })
  const remove = redis.define({ name: 'ownedRemove', numberOfKeys: 1, lua: removeLua })
  const list = redis.define({ name: 'ownedList', numberOfKeys: 1, lua: listLua })
  const count = redis.define({ name: 'ownedCount', numberOfKeys: 1, lua: countLua })
  const claim = redis.define({ name: 'ownedClaimUnfilled', numberOfKeys: 1, lua: claimUnfilledLua })
  const filled = redis.define({ name: 'ownedFilled', numberOfKeys: 1, lua: filledLua })
  const keyOf = (owner: Owner) => ownedKey(prefix, ownerName(owner))
  const eachOwner = async (run: RunScript, owned: readonly Owned[]): Promise<void> => {
    const byKey = Map.groupBy(owned, ({ owner }) => keyOf(owner))
    const calls = [...byKey].flatMap(([key, items]) =>
      chunks(items.map(memberOf), MAX_MEMBERS).map((members) => run([key], members)),
    )
    await Promise.all(calls)
  }

  return {
    add: (owned) => eachOwner(add, owned),
    remove: (owned) => eachOwner(remove, owned),
    async list(owner, page) {
      const from = page.cursor === null ? '+' : `(${page.cursor}`
      const members = Members.parse(await list([keyOf(owner)], [from, page.count]))
      return { batches: members.map(readMember), next: members.length < page.count ? null : (members.at(-1) ?? null) }
    },
    async claimUnfilled(token, leaseMs) {
      const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
      const claimed = await Promise.all(
        buckets.map((bucket) => claim([ownedFilledKey(prefix, bucket)], [token, leaseMs])),
      )
      return buckets.filter((bucket) => claimed[bucket] === 1)
    },
    async filled(buckets, token) {
      await Promise.all(buckets.map((bucket) => filled([ownedFilledKey(prefix, bucket)], [token])))
    },
    count: async (owner) => z.int().parse(await count([keyOf(owner)], [])),
  }
}

const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
