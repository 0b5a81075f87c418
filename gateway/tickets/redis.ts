import { z } from 'zod'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { ticketKey } from '../keys.ts'
import putLua from './lua/put.lua' with { type: 'text' }
import takeLua from './lua/take.lua' with { type: 'text' }
import { SignedIn, TICKET_MS, type TicketStore } from './port.ts'

export interface RedisTicketOptions {
  readonly redis: Pick<RedisClient, 'define'>
  readonly prefix: string
}

/** Tickets that all gateways share. Rejects with a PassingError when Redis is in the way. */
export const createRedisTicketStore = ({ redis, prefix }: RedisTicketOptions): TicketStore => {
  const put = redis.define({ name: 'ticketPut', numberOfKeys: 1, lua: putLua })
  const take = redis.define({ name: 'ticketTake', numberOfKeys: 1, lua: takeLua })
  const Reply = z.string().nullable()
  return {
    async put(digest, signedIn) {
      await put([ticketKey(prefix, digest)], [JSON.stringify(signedIn), TICKET_MS])
    },
    async take(digest) {
      const found = Reply.parse(await take([ticketKey(prefix, digest)], []))
      return found === null ? undefined : SignedIn.parse(JSON.parse(found))
    },
  }
}
