import { z } from 'zod'
import { BUCKETS, bucketOf } from '../../shared/buckets.ts'
import { asError, PassingError } from '../../shared/errors.ts'
import { type BatchId, batchId, randomId } from '../../shared/ids.ts'
import type { RedisClient, RunScript } from '../../shared/store/redis/client.ts'
import { bookKey, bucketKeys } from './keys.ts'
import { createMarks } from './marks.ts'
import { Book } from './model/book.ts'
import { OutboxEntry } from './model/outbox-entry.ts'
import { newestOf, Pause } from './model/pause.ts'
import { ShelvedError } from './model/shelf.ts'
import type { DueTimer, Reply, RunStore, TimerKind, Transitioned } from './port.ts'
import { defineScripts } from './scripts.ts'

export interface RedisRunStoreOptions {
  readonly redis: Pick<RedisClient, 'define' | 'ping'>
  /** Put before every key; default none. */
  readonly prefix?: string
  /** Microseconds since 1970; default Redis's own clock. */
  readonly clock?: () => number
}

const Answer = z.tuple([z.string(), z.string(), z.string()]).rest(z.string())
const Found = z.union([z.tuple([]), z.tuple([z.string()]).rest(z.string())])
const Members = z.array(z.string())
const REPLIES: Readonly<Record<Reply, true>> = {
  registered: true,
  known: true,
  unknown_batch: true,
  noted: true,
  plan: true,
  waiting: true,
  refused: true,
  decided: true,
  started: true,
  applied: true,
  stale: true,
  acknowledged: true,
  behind: true,
  cancelled: true,
  nothing_active: true,
  moved_on: true,
  restored: true,
}
const isReply = (text: string): text is Reply => Object.hasOwn(REPLIES, text)
const ReplyText = z.string().refine(isReply)

const ALL_BUCKETS = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

/** Runs in Redis, one Lua script a transition (invariant 2). */
export const createRedisRunStore = ({ redis, prefix = '', clock }: RedisRunStoreOptions): RunStore => {
  const scripts = defineScripts(redis)
  const now = () => clock?.() ?? ''
  const keysOf = (bucket: number) => bucketKeys(prefix, bucket)
  const marks = createMarks()

  const transition =
    <Input>(run: RunScript, ...more: readonly ('alive' | 'pauses' | 'aging')[]) =>
    async (id: BatchId, input: Input): Promise<Transitioned> => {
      const bucket = keysOf(bucketOf(id))
      const keys = [bookKey(prefix, id), bucket.outbox, bucket.timers, ...more.map((name) => bucket[name])]
      const args = input === undefined ? [] : [JSON.stringify(input)]
      const answer = await alive(run(keys, [now(), id, ...args, marks.seen(bucketOf(id))]))
      const [reply, mark, book, ...entries] = Answer.parse(answer)
      marks.see(bucketOf(id), Number(mark))
      return transitioned(ReplyText.parse(reply), book, entries)
    }
  const timeout = transition<undefined>(scripts.timeout, 'alive', 'pauses')
  const moveOn = transition<undefined>(scripts.moveOn, 'alive', 'pauses')
  const expire = transition<undefined>(scripts.expire, 'alive')

  return {
    register: transition(scripts.register, 'alive'),
    content: transition(scripts.content, 'alive'),
    request: transition(scripts.request, 'alive'),
    start: transition(scripts.start, 'alive', 'pauses'),
    refuse: transition(scripts.refuse, 'alive'),
    outcome: transition(scripts.outcome, 'alive', 'pauses'),
    expire: (id) => expire(id, undefined),
    timeout: (id) => timeout(id, undefined),
    moveOn: (id) => moveOn(id, undefined),
    cancel: transition(scripts.cancel, 'alive'),
    prompt: transition(scripts.prompt, 'alive'),
    restore: transition(scripts.restore, 'aging'),
    ack: transition(scripts.ack, 'alive', 'aging'),
    async read(id) {
      const { outbox, alive: aliveKey } = keysOf(bucketOf(id))
      const answer = await alive(scripts.read([bookKey(prefix, id), outbox, aliveKey], [id, marks.seen(bucketOf(id))]))
      const [book, ...entries] = Found.parse(answer)
      return book === undefined ? undefined : transitioned('noted', book, entries)
    },
    async due(bucket, owner, leaseMs, limit) {
      const { lease, timers, alive: aliveKey, outbox } = keysOf(bucket)
      const keys = [lease, timers, aliveKey, outbox]
      const answer = await scripts.due(keys, [now(), owner, leaseMs, limit, marks.seen(bucket)])
      const [mark, ...members] = Members.parse(answer)
      if (mark === 'lost') return { lost: true, timers: [] }
      // So a process knows of the writes of others too, whoever sweeps.
      marks.see(bucket, Number(mark))
      return { lost: false, timers: members.flatMap(timerOf) }
    },
    async timers(bucket, limit) {
      const flat = Members.parse(await scripts.timers([keysOf(bucket).timers], [limit]))
      return flat.flatMap((member, i) =>
        i % 2 === 1 ? [] : timerOf(member).map((timer) => ({ ...timer, due: Number(flat[i + 1]) })),
      )
    },
    async setPauses(pauses) {
      const texts = pauses.map((pause) => JSON.stringify(pause))
      const each = ALL_BUCKETS.map(keysOf)
      await Promise.all(each.map(({ pauses: key, timers }) => scripts.setPauses([key, timers], [now(), ...texts])))
    },
    async pauses() {
      const each = await Promise.all(ALL_BUCKETS.map((bucket) => scripts.pauses([keysOf(bucket).pauses], [])))
      return newestOf(each.flatMap((answer) => Members.parse(answer).map((text) => Pause.parse(JSON.parse(text)))))
    },
    async aged({ olderThanMs, leaseMs, limit }) {
      const claim = ({ aging, alive: aliveKey }: ReturnType<typeof keysOf>) =>
        scripts.aged([aging, aliveKey], [now(), olderThanMs, leaseMs, limit])
      const each = await Promise.all(ALL_BUCKETS.map((bucket) => claim(keysOf(bucket))))
      return each.flatMap((answer) => Members.parse(answer).map(batchId))
    },
    async postpone(id) {
      await scripts.postpone([bookKey(prefix, id), keysOf(bucketOf(id)).aging], [id])
    },
    async shelve(id, revision) {
      const { aging, alive: aliveKey } = keysOf(bucketOf(id))
      return (await alive(scripts.shelve([bookKey(prefix, id), aging, aliveKey], [id, revision]))) === 1
    },
    async recall(id, book) {
      const { aging, alive: aliveKey } = keysOf(bucketOf(id))
      await alive(scripts.recall([bookKey(prefix, id), aging, aliveKey], [now(), id, JSON.stringify(book)]))
    },
    async restoreShelved(id, { revision, book_revision, registered }) {
      const args = [revision, book_revision, registered ? 1 : 0]
      return (await scripts.restoreShelved([bookKey(prefix, id)], args)) === 1
    },
    async restoring(buckets) {
      const mine = randomId()
      const begin = async (bucket: number) =>
        [bucket, z.string().parse(await scripts.restoring([keysOf(bucket).alive], [mine]))] as const
      return new Map(await Promise.all(buckets.map(begin)))
    },
    async revive(restored) {
      const reviveOne = ([bucket, name]: readonly [number, string]) => {
        const { alive: aliveKey, outbox } = keysOf(bucket)
        return scripts.revive([aliveKey, outbox], [name, now(), marks.seen(bucket)])
      }
      await Promise.all([...restored].map(reviveOne))
    },
    async forget(buckets) {
      await Promise.all(buckets.map((bucket) => scripts.forget([keysOf(bucket).alive], [])))
    },
    ping: () => redis.ping(),
  }
}

/** A lost bucket passes: it is being restored. What the archive has is recalled. */
const alive = async <Result>(answer: Promise<Result>): Promise<Result> => {
  try {
    return await answer
  } catch (thrown) {
    const { message } = asError(thrown)
    if (message.startsWith('CATCHINGUP')) throw new PassingError('catching_up', message, { cause: thrown })
    if (message.startsWith('SHELVED')) throw new ShelvedError(message)
    throw thrown
  }
}

const transitioned = (reply: Reply, book: string, entries: readonly string[]): Transitioned => ({
  reply,
  book: Book.parse(JSON.parse(book)),
  entries: entries.map((entry) => OutboxEntry.parse(JSON.parse(entry))),
})

const KINDS: Readonly<Record<TimerKind, true>> = { outbox: true, wait: true, deadline: true, held: true }
const isKind = (text: string | undefined): text is TimerKind => text !== undefined && Object.hasOwn(KINDS, text)

const timerOf = (member: string): readonly DueTimer[] => {
  const bar = member.indexOf('|')
  const kind = member.slice(0, bar)
  return bar > 0 && isKind(kind) ? [{ kind, batchId: batchId(member.slice(bar + 1)) }] : []
}
