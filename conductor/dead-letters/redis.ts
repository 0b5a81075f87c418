import { z } from 'zod'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { deadLetterKeys } from '../state/keys.ts'
import decideLua from './lua/decide.lua' with { type: 'text' }
import pageLua from './lua/page.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import recordLua from './lua/record.lua' with { type: 'text' }
import { type DeadLetterStore, type NewLetter, placeOf, rankOf, timeOf } from './port.ts'
import { letterOf } from './rows.ts'

export interface RedisDeadLettersOptions {
  readonly redis: Pick<RedisClient, 'define'>
  /** Put before every key; default none. */
  readonly prefix?: string
  /** How long a letter is kept, milliseconds. */
  readonly retentionMs: number
  /** Milliseconds since 1970; default the machine's clock. */
  readonly clock?: () => number
}

const Texts = z.array(z.string())
const Maybe = z.array(z.string().nullable())
const PageReply = z.tuple([Texts, Maybe])
const ReadReply = z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()])
const Ranked = z.object({ rank: z.string(), decision: z.string() })

/** Letters sent to Redis in one call: their bodies may be large, and Lua's stack is not. */
const CHUNK = 100

/** Dead letters in Redis; all of one topic under one bucket's tag, so that each call is one script on one node. */
export const createRedisDeadLetters = (options: RedisDeadLettersOptions): DeadLetterStore => {
  const { redis, prefix = '', retentionMs, clock = Date.now } = options
  const runRecord = redis.define({ name: 'letterRecord', numberOfKeys: 4, lua: recordLua })
  const runDecide = redis.define({ name: 'letterDecide', numberOfKeys: 1, lua: decideLua })
  const runPage = redis.define({ name: 'letterPage', numberOfKeys: 3, lua: pageLua })
  const runRead = redis.define({ name: 'letterRead', numberOfKeys: 3, lua: readLua })

  return {
    async record(topic, letters) {
      const { index, heads, bodies, decisions } = deadLetterKeys(prefix, topic)
      const cutoff = timeOf(clock() - retentionMs)
      for (let first = 0; first < letters.length; first += CHUNK) {
        const rows = letters.slice(first, first + CHUNK).flatMap(rowOf)
        await runRecord([index, heads, bodies, decisions], [cutoff, ...rows])
      }
    },
    async decide(topic, letterId, decision) {
      const { decisions } = deadLetterKeys(prefix, topic)
      await runDecide([decisions], [letterId, rankOf(decision), JSON.stringify(decision)])
    },
    async page(topic, { before, count }) {
      const { index, heads, decisions } = deadLetterKeys(prefix, topic)
      const reply = await runPage([index, heads, decisions], [before === null ? '+' : `(${before}`, count])
      const [headTexts, decisionTexts] = PageReply.parse(reply)
      return headTexts.map((head, i) => letterOf(head, decisionIn(decisionTexts[i])))
    },
    async read(topic, letterId) {
      const { heads, bodies, decisions } = deadLetterKeys(prefix, topic)
      const [head, body, decision] = ReadReply.parse(await runRead([heads, bodies, decisions], [letterId]))
      return head === null || body === null ? undefined : { ...letterOf(head, decisionIn(decision)), body }
    },
  }
}

const rowOf = ({ head, body }: NewLetter): readonly string[] => [head.id, placeOf(head), JSON.stringify(head), body]

const decisionIn = (text: string | null | undefined): string | null =>
  text ? Ranked.parse(JSON.parse(text)).decision : null
