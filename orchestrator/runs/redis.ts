import { z } from 'zod'
import { bucketOf } from '../../shared/buckets.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { RedisClient, RunScript } from '../../shared/store/redis/client.ts'
import { bookKey, bucketKeys } from './keys.ts'
import ackLua from './lua/ack.lua' with { type: 'text' }
import contentLua from './lua/content.lua' with { type: 'text' }
import dueLua from './lua/due.lua' with { type: 'text' }
import expireLua from './lua/expire.lua' with { type: 'text' }
import library from './lua/lib/transition.lua' with { type: 'text' }
import outcomeLua from './lua/outcome.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import refuseLua from './lua/refuse.lua' with { type: 'text' }
import registerLua from './lua/register.lua' with { type: 'text' }
import requestLua from './lua/request.lua' with { type: 'text' }
import startLua from './lua/start.lua' with { type: 'text' }
import { Book } from './model/book.ts'
import { OutboxEntry } from './model/outbox-entry.ts'
import type { DueTimer, Reply, RunStore, Transitioned } from './port.ts'

export interface RedisRunStoreOptions {
  readonly redis: Pick<RedisClient, 'define' | 'ping'>
  /** Put before every key; default none. */
  readonly prefix?: string
  /** Microseconds since 1970; default Redis's own clock. */
  readonly clock?: () => number
}

const Answer = z.tuple([z.string(), z.string()]).rest(z.string())
const Found = z.union([z.tuple([]), z.tuple([z.string()]).rest(z.string())])
const Members = z.array(z.string())
const REPLIES: readonly Reply[] = [
  'registered',
  'known',
  'unknown_batch',
  'noted',
  'plan',
  'waiting',
  'refused',
  'decided',
  'started',
  'applied',
  'stale',
  'acknowledged',
]
const ReplyText = z.enum(REPLIES)

/** The shared pieces stand before each transition's own script. */
const withLibrary = (lua: string): string => `${library}\n${lua}`

/** Runs in Redis, one Lua script a transition (invariant 2). */
export const createRedisRunStore = ({ redis, prefix = '', clock }: RedisRunStoreOptions): RunStore => {
  const scripts = {
    register: redis.define({ name: 'runsRegister', numberOfKeys: 3, lua: withLibrary(registerLua) }),
    content: redis.define({ name: 'runsContent', numberOfKeys: 3, lua: withLibrary(contentLua) }),
    request: redis.define({ name: 'runsRequest', numberOfKeys: 3, lua: withLibrary(requestLua) }),
    start: redis.define({ name: 'runsStart', numberOfKeys: 3, lua: withLibrary(startLua) }),
    refuse: redis.define({ name: 'runsRefuse', numberOfKeys: 3, lua: withLibrary(refuseLua) }),
    outcome: redis.define({ name: 'runsOutcome', numberOfKeys: 3, lua: withLibrary(outcomeLua) }),
    expire: redis.define({ name: 'runsExpire', numberOfKeys: 3, lua: withLibrary(expireLua) }),
    ack: redis.define({ name: 'runsAck', numberOfKeys: 3, lua: withLibrary(ackLua) }),
  }
  const runRead = redis.define({ name: 'runsRead', numberOfKeys: 2, lua: readLua })
  const runDue = redis.define({ name: 'runsDue', numberOfKeys: 2, lua: dueLua })
  const now = () => clock?.() ?? ''

  const transition =
    <Input>(run: RunScript) =>
    async (id: BatchId, input: Input): Promise<Transitioned> => {
      const { outbox, timers } = bucketKeys(prefix, bucketOf(id))
      const args = input === undefined ? [] : [JSON.stringify(input)]
      const answer = await run([bookKey(prefix, id), outbox, timers], [now(), id, ...args])
      const [reply, book, ...entries] = Answer.parse(answer)
      return transitioned(ReplyText.parse(reply), book, entries)
    }

  return {
    register: transition(scripts.register),
    content: transition(scripts.content),
    request: transition(scripts.request),
    start: transition(scripts.start),
    refuse: transition(scripts.refuse),
    outcome: transition(scripts.outcome),
    ack: transition(scripts.ack),
    expire: (id) => transition<undefined>(scripts.expire)(id, undefined),
    async read(id) {
      const { outbox } = bucketKeys(prefix, bucketOf(id))
      const [book, ...entries] = Found.parse(await runRead([bookKey(prefix, id), outbox], [id]))
      return book === undefined ? undefined : transitioned('noted', book, entries)
    },
    async due(bucket, owner, leaseMs, limit) {
      const { lease, timers } = bucketKeys(prefix, bucket)
      return Members.parse(await runDue([lease, timers], [now(), owner, leaseMs, limit])).flatMap(timerOf)
    },
    ping: () => redis.ping(),
  }
}

const transitioned = (reply: Reply, book: string, entries: readonly string[]): Transitioned => ({
  reply,
  book: Book.parse(JSON.parse(book)),
  entries: entries.map((entry) => OutboxEntry.parse(JSON.parse(entry))),
})

const timerOf = (member: string): readonly DueTimer[] => {
  const [, kind, id] = /^(outbox|wait)\|([\s\S]*)$/.exec(member) ?? []
  return id === undefined ? [] : [{ kind: kind === 'wait' ? 'wait' : 'outbox', batchId: batchId(id) }]
}
