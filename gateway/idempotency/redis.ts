import { z } from 'zod'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { idempotencyKey } from '../keys.ts'
import { parseAnswer } from './answer.ts'
import completeLua from './lua/complete.lua' with { type: 'text' }
import releaseLua from './lua/release.lua' with { type: 'text' }
import reserveLua from './lua/reserve.lua' with { type: 'text' }
import { type IdempotencyStore, KEEP_MS, type Reservation } from './port.ts'

export interface RedisIdempotencyOptions {
  readonly redis: Pick<RedisClient, 'define'>
  readonly prefix: string
  /** Microseconds since 1970; left out, the store's own clock, which all gateways share. */
  readonly clock?: () => number
}

const Reply = z.union([
  z.tuple([z.literal('reserved'), z.string()]),
  z.tuple([z.literal('running'), z.int()]),
  z.tuple([z.literal('answered'), z.string(), z.string()]),
  z.tuple([z.literal('mismatch')]),
])

/** Idempotency keys that all gateways share: one record a key, one script a transition. */
export const createRedisIdempotencyStore = ({ redis, prefix, clock }: RedisIdempotencyOptions): IdempotencyStore => {
  const reserve = redis.define({ name: 'idempotencyReserve', numberOfKeys: 1, lua: reserveLua })
  const complete = redis.define({ name: 'idempotencyComplete', numberOfKeys: 1, lua: completeLua })
  const release = redis.define({ name: 'idempotencyRelease', numberOfKeys: 1, lua: releaseLua })
  const key = (digest: string) => [idempotencyKey(prefix, digest)]

  return {
    async reserve(digest, { fingerprint, correlationId, owner, leaseMs }): Promise<Reservation> {
      const args = [clock?.() ?? '', fingerprint, correlationId, owner, leaseMs, KEEP_MS]
      const reply = Reply.parse(await reserve(key(digest), args))
      switch (reply[0]) {
        case 'reserved':
          return { state: 'reserved', correlationId: reply[1] }
        case 'running':
          return { state: 'running', retryAfterMs: reply[1] }
        case 'answered':
          return { state: 'answered', correlationId: reply[1], answer: parseAnswer(reply[2]) }
        case 'mismatch':
          return { state: 'mismatch' }
      }
    },
    complete: async (digest, owner, answer) =>
      (await complete(key(digest), [owner, JSON.stringify(answer), KEEP_MS])) === 1,
    async release(digest, owner) {
      await release(key(digest), [owner])
    },
  }
}
