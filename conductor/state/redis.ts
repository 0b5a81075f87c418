import { z } from 'zod'
import { BUCKETS, bucketOf } from '../../shared/buckets.ts'
import { PassingError } from '../../shared/errors.ts'
import { gathered } from '../../shared/gathered.ts'
import { type BatchId, batchId as batchIdOf } from '../../shared/ids.ts'
import { completeField, markerField, writesField } from '../../shared/store/marker/key.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import claim from '../../shared/store/redis/lua/lib/claim.lua' with { type: 'text' }
import { appliedIn, eventsText, positionsText } from './apply-call.ts'
import { batchIn, essaysOf, factsIn, readOf } from './batch-reply.ts'
import type { BatchChange } from './facts.ts'
import { batchKeys, unarchivedKey } from './keys.ts'
import applyLua from './lua/apply.lua' with { type: 'text' }
import records from './lua/lib/records.lua' with { type: 'text' }
import signatures from './lua/lib/signatures.lua' with { type: 'text' }
import readBatchLua from './lua/read-batch.lua' with { type: 'text' }
import readEssaysLua from './lua/read-essays.lua' with { type: 'text' }
import readFactsLua from './lua/read-facts.lua' with { type: 'text' }
import readRevisionLua from './lua/read-revision.lua' with { type: 'text' }
import settleLua from './lua/settle.lua' with { type: 'text' }
import unsettledLua from './lua/unsettled.lua' with { type: 'text' }
import type { BatchStore, Counted } from './port.ts'
import { incomplete, snapshotOf } from './snapshot.ts'

export interface RedisStoreOptions {
  readonly redis: Pick<RedisClient, 'define' | 'ping' | 'isCluster'>
  /** Put before every key; default none. */
  readonly prefix?: string
  /** The consumer group whose markers say what is applied. */
  readonly group: string
  /** Microseconds since 1970; default Redis's own clock. */
  readonly clock?: () => number
}

const Text = z.string()
const Flat = z.array(Text)
const EssaysReply = z.tuple([z.string(), z.int(), Flat, Flat])

interface FactsRead {
  readonly batchId: BatchId
  readonly named: number
  /** Of the marker. */
  readonly fields: readonly string[]
}

/** Redis does nothing else meanwhile: so many take about half a millisecond. */
const READS_PER_CALL = 50

/** A script that knows `standing` has the piece before it that numbers signatures. */
const naming = (lua: string): string => `${signatures}\n${lua}`

/** Batches in Redis, one Lua script a transition (invariant 2). */
export const createRedisBatchStore = (options: RedisStoreOptions): BatchStore => {
  const { redis, prefix = '', group, clock } = options
  const runApply = redis.define({ name: 'factsApply', numberOfKeys: 8, lua: [records, naming(applyLua)].join('\n') })
  const runSettle = redis.define({ name: 'factsSettle', numberOfKeys: 7, lua: settleLua })
  const runUnsettled = redis.define({ name: 'factsUnsettled', numberOfKeys: 1, lua: [claim, unsettledLua].join('\n') })
  const runReadBatch = redis.define({ name: 'factsReadBatch', numberOfKeys: 7, lua: naming(readBatchLua) })
  const runReadFacts = redis.define({ name: 'factsReadFacts', numberOfKeys: 'many', lua: naming(readFactsLua) })
  const runReadRevision = redis.define({ name: 'factsReadRevision', numberOfKeys: 2, lua: readRevisionLua })
  const runReadEssays = redis.define({ name: 'factsReadEssays', numberOfKeys: 4, lua: readEssaysLua })

  const completeFlag = completeField(group)
  const now = () => clock?.() ?? ''

  const applyOne = async ({ batchId, events }: BatchChange, counted: readonly Counted[]) => {
    const { meta, essays, ids, tally, book, marker, unarchived, standing } = batchKeys(prefix, batchId)
    const bucket = bucketOf(batchId)
    const counts = new Map(counted.map((count) => [count.field, count]))
    const acknowledged = [...counts.values()].flatMap(({ field, writes }) => [
      writesField(field),
      writes.acknowledged(field, bucket),
    ])
    const args = [now(), eventsText(events), batchId, positionsText(events), JSON.stringify(acknowledged)]
    const keys = [meta, essays, ids, tally, book, marker, unarchived, standing]
    const reply = Text.parse(await runApply(keys, args))
    if (reply === '') throw new PassingError('catching_up', `writes of bucket ${bucket} were lost`)
    const { writes, ...applied } = appliedIn(reply)
    let n = 0
    for (const count of counts.values()) count.writes.acknowledge(count.field, bucket, writes[n++] ?? 0)
    return { batchId, ...applied }
  }

  /** What plans are asked for at the same moment is read together, of a Cluster by bucket: a call for each was a third of a read. */
  const readFacts = gathered<FactsRead, string>({
    async work(reads) {
      const keys = reads.flatMap(({ batchId }) => {
        const { meta, tally, marker, standing } = batchKeys(prefix, batchId)
        return [meta, tally, marker, standing]
      })
      const args = reads.flatMap(({ named, fields }) => [named, fields.length, ...fields])
      return Flat.parse(await runReadFacts(keys, [completeFlag, ...args]))
    },
    groupOf: ({ batchId }) => (redis.isCluster ? bucketOf(batchId) : 0),
    atMost: READS_PER_CALL,
  })

  return {
    apply: (changes, counted = []) => Promise.all(changes.map((change) => applyOne(change, counted))),

    async read(batchId, { essays: count = 0, book: withBook = false, after = [], named = 0 }) {
      const fields = after.map(({ partition }) => markerField(group, partition))
      if (count === 0 && !withBook) {
        const reply = await readFacts({ batchId, named, fields })
        if (reply === '') throw incomplete()
        const { facts, more } = factsIn(reply)
        return snapshotOf(readOf(batchId, after, facts, more))
      }
      const { meta, tally, book, ids, essays, marker, standing } = batchKeys(prefix, batchId)
      const args = [completeFlag, count, withBook ? 1 : 0, named, ...fields]
      const reply = await runReadBatch([meta, tally, book, ids, essays, marker, standing], args)
      if (isEmpty(reply)) throw incomplete()
      const { facts, more } = batchIn(reply)
      return snapshotOf(readOf(batchId, after, facts, more))
    },

    async revision(batchId) {
      const { meta, marker } = batchKeys(prefix, batchId)
      const revision = Text.parse(await runReadRevision([meta, marker], [completeFlag]))
      if (revision === '') throw incomplete()
      return revision
    },

    async essays(batchId, { factsRevision, first, count }) {
      const { meta, ids, essays, marker } = batchKeys(prefix, batchId)
      const reply = await runReadEssays([meta, ids, essays, marker], [completeFlag, factsRevision, first, count])
      if (isEmpty(reply)) throw incomplete()
      const [standing, total, essayIds, records] = EssaysReply.parse(reply)
      if (standing !== factsRevision) return { moved: true, factsRevision: standing }
      const end = first + essayIds.length
      return { moved: false, essays: essaysOf(essayIds, records), next: end < total ? end : null }
    },

    async settle(batchId, { revision, archived, expiresMs }) {
      const { meta, essays, ids, tally, book, unarchived, standing } = batchKeys(prefix, batchId)
      const args = [now(), batchId, revision, archived ? 1 : 0, expiresMs ?? '']
      return (await runSettle([meta, essays, ids, tally, book, unarchived, standing], args)) === 1
    },

    async unsettled({ quietMs, leaseMs, limit }) {
      const claim = (bucket: number) => runUnsettled([unarchivedKey(prefix, bucket)], [now(), quietMs, leaseMs, limit])
      const claimed = await Promise.all(Array.from({ length: BUCKETS }, (_, bucket) => claim(bucket)))
      return claimed.flatMap((ids) => Flat.parse(ids).map(batchIdOf))
    },

    ping: () => redis.ping(),
  }
}

/** What a reading script answers while the bucket is incomplete. */
const isEmpty = (reply: unknown): boolean => Array.isArray(reply) && reply.length === 0
