import { z } from 'zod'
import { bucketOf } from '../../shared/buckets.ts'
import { PassingError } from '../../shared/errors.ts'
import { completeField, writesField } from '../../shared/store/marker/key.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { deadLetterKeys } from '../state/keys.ts'
import type { Counted } from '../state/port.ts'
import { incomplete } from '../state/snapshot.ts'
import decideLua from './lua/decide.lua' with { type: 'text' }
import countWrite from './lua/lib/count-write.lua' with { type: 'text' }
import pageLua from './lua/page.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import recordLua from './lua/record.lua' with { type: 'text' }
import { type DeadLetterStore, type NewLetter, placeOf, rankOf, timeOf } from './port.ts'
import { letterOf } from './rows.ts'

export interface RedisDeadLettersOptions {
  readonly redis: Pick<RedisClient, 'define'>
  /** Put before every key; default none. */
  readonly prefix?: string
  /** The consumer group whose markers say what is applied. */
  readonly group: string
  /** How long a letter is kept, milliseconds. */
  readonly retentionMs: number
  /** Milliseconds since 1970; default the machine's clock. */
  readonly clock?: () => number
}

const Texts = z.array(z.string())
const Maybe = z.array(z.string().nullable())
// A reading script answers with nothing while the bucket is incomplete.
const PageReply = z.union([z.tuple([]), z.tuple([Texts, Maybe])])
const ReadReply = z.union([z.tuple([]), z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()])])
const Ranked = z.object({ rank: z.string(), decision: z.string() })

/** Letters sent to Redis in one call: their bodies may be large, and Lua's stack is not. */
const CHUNK = 100

/** A script that writes has the piece before it that counts writes. */
const counting = (lua: string): string => `${countWrite}\n${lua}`

/** Dead letters in Redis; all of one topic under one bucket's tag, so that each call is one script on one node. */
export const createRedisDeadLetters = (options: RedisDeadLettersOptions): DeadLetterStore => {
  const { redis, prefix = '', group, retentionMs, clock = Date.now } = options
  const runRecord = redis.define({ name: 'letterRecord', numberOfKeys: 5, lua: counting(recordLua) })
  const runDecide = redis.define({ name: 'letterDecide', numberOfKeys: 2, lua: counting(decideLua) })
  const runPage = redis.define({ name: 'letterPage', numberOfKeys: 4, lua: pageLua })
  const runRead = redis.define({ name: 'letterRead', numberOfKeys: 4, lua: readLua })
  const completeFlag = completeField(group)

  return {
    async record(topic, letters, counted) {
      const { index, heads, bodies, decisions, marker } = deadLetterKeys(prefix, topic)
      const cutoff = timeOf(clock() - retentionMs)
      for (let first = 0; first < letters.length; first += CHUNK) {
        const rows = letters.slice(first, first + CHUNK).flatMap(rowOf)
        const args = [...countOf(topic, counted), cutoff, ...rows]
        acknowledge(topic, counted, await runRecord([index, heads, bodies, decisions, marker], args))
      }
    },
    async decide(topic, letterId, decision, counted) {
      const { decisions, marker } = deadLetterKeys(prefix, topic)
      const args = [...countOf(topic, counted), letterId, rankOf(decision), JSON.stringify(decision)]
      acknowledge(topic, counted, await runDecide([decisions, marker], args))
    },
    async page(topic, { before, count }) {
      const { index, heads, decisions, marker } = deadLetterKeys(prefix, topic)
      const args = [completeFlag, before === null ? '+' : `(${before}`, count]
      const reply = PageReply.parse(await runPage([index, heads, decisions, marker], args))
      if (reply.length === 0) throw incomplete()
      const [headTexts, decisionTexts] = reply
      return headTexts.map((head, i) => letterOf(head, decisionIn(decisionTexts[i])))
    },
    async read(topic, letterId) {
      const { heads, bodies, decisions, marker } = deadLetterKeys(prefix, topic)
      const reply = ReadReply.parse(await runRead([heads, bodies, decisions, marker], [completeFlag, letterId]))
      if (reply.length === 0) throw incomplete()
      const [head, body, decision] = reply
      return head === null || body === null ? undefined : { ...letterOf(head, decisionIn(decision)), body }
    },
  }
}

const rowOf = ({ head, body }: NewLetter): readonly string[] => [head.id, placeOf(head), JSON.stringify(head), body]

/** The first arguments of a script that writes: the marker's field, and its writes that were acknowledged. */
const countOf = (topic: string, counted: Counted | undefined): readonly (string | number)[] =>
  counted ? [writesField(counted.field), counted.writes.acknowledged(counted.field, bucketOf(topic))] : ['', 0]

const acknowledge = (topic: string, counted: Counted | undefined, reply: unknown): void => {
  const writes = z.int().parse(reply)
  if (writes < 0) throw new PassingError('catching_up', `writes of the dead letters of ${topic} were lost`)
  if (counted) counted.writes.acknowledge(counted.field, bucketOf(topic), writes)
}

const decisionIn = (text: string | null | undefined): string | null =>
  text ? Ranked.parse(JSON.parse(text)).decision : null
