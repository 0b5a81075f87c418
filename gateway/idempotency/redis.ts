import { z } from 'zod'
import { compiled } from '../../shared/compiled.ts'
import { gathered } from '../../shared/gathered.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { idempotencyKey } from '../keys.ts'
import { parseAnswer } from './answer.ts'
import completeLua from './lua/complete.lua' with { type: 'text' }
import releaseLua from './lua/release.lua' with { type: 'text' }
import reserveLua from './lua/reserve.lua' with { type: 'text' }
import { type Claim, type IdempotencyStore, KEEP_MS, type KeptAnswer, type Reservation } from './port.ts'

export interface RedisIdempotencyOptions {
  readonly redis: Pick<RedisClient, 'define' | 'isCluster'>
  readonly prefix: string
  /** Microseconds since 1970; left out, the store's own clock, which all gateways share. */
  readonly clock?: () => number
}

/** A key has five texts at most: far from what Lua's stack holds, and half a millisecond in which Redis does nothing else. */
const CALLS_PER_SCRIPT = 100

const Reply = z.union([
  z.tuple([z.literal('reserved'), z.string()]),
  z.tuple([z.literal('running'), z.int()]),
  z.tuple([z.literal('answered'), z.string(), z.string()]),
  z.tuple([z.literal('mismatch')]),
])
const Replies = z.array(Reply)
const Kept = z.array(z.int())

const reservationOf = (reply: z.infer<typeof Reply>): Reservation => {
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
}

/**
 * Idempotency keys that all gateways share: one record a key, one script a transition. The calls of one turn of the event loop are one
 * script; of a Cluster each has its own, since each key lies in a slot of its own.
 */
export const createRedisIdempotencyStore = ({ redis, prefix, clock }: RedisIdempotencyOptions): IdempotencyStore => {
  const runReserve = redis.define({ name: 'idempotencyReserve', numberOfKeys: 'many', lua: reserveLua })
  const runComplete = redis.define({ name: 'idempotencyComplete', numberOfKeys: 'many', lua: completeLua })
  const release = redis.define({ name: 'idempotencyRelease', numberOfKeys: 1, lua: releaseLua })
  const keysOf = (calls: readonly { readonly digest: string }[]) =>
    calls.map(({ digest }) => idempotencyKey(prefix, digest))
  const together = {
    groupOf: ({ digest }: { readonly digest: string }) => (redis.isCluster ? digest : ''),
    atMost: CALLS_PER_SCRIPT,
  }

  const reserve = gathered<{ readonly digest: string; readonly claim: Claim }, Reservation>({
    ...together,
    async work(calls) {
      const args = calls.flatMap(({ claim }) => [claim.fingerprint, claim.correlationId, claim.owner, claim.leaseMs])
      const replies = await runReserve(keysOf(calls), [clock?.() ?? '', KEEP_MS, ...args])
      return compiled(Replies).parse(replies).map(reservationOf)
    },
  })
  const complete = gathered<{ readonly digest: string; readonly owner: string; readonly answer: KeptAnswer }, boolean>({
    ...together,
    async work(calls) {
      const args = calls.flatMap(({ owner, answer }) => [owner, JSON.stringify(answer)])
      return compiled(Kept)
        .parse(await runComplete(keysOf(calls), [KEEP_MS, ...args]))
        .map((kept) => kept === 1)
    },
  })

  return {
    reserve: (digest, claim) => reserve({ digest, claim }),
    complete: (digest, owner, answer) => complete({ digest, owner, answer }),
    async release(digest, owner) {
      await release(keysOf([{ digest }]), [owner])
    },
  }
}
