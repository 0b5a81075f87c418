import { bucketOf, bucketTag } from '../../shared/buckets.ts'
import type { BatchId } from '../../shared/ids.ts'
import { markerKey } from '../../shared/store/marker/key.ts'

/** All Redis keys of the conductor. The id stands last, so that no id can look like another key's name. */
export interface BatchKeys {
  /** Hash: revisions, registration, content, and the last position applied per partition. */
  readonly meta: string
  /** Hash: essay id -> record. */
  readonly essays: string
  /** List: the registered essays, in order. */
  readonly ids: string
  /** Hash: signature -> number of registered essays that have it. */
  readonly tally: string
  /** Sorted set: the registered essays, by the number of their signature (a script's `number_of`). */
  readonly standing: string
  /** Hash: revision and JSON of the orchestrator's run book. */
  readonly book: string
  /** Hash of the batch's bucket: how far each consumer group has applied the log. */
  readonly marker: string
  /** Sorted set of the batch's bucket: batches whose last change the archive was not said to have, by milliseconds. */
  readonly unarchived: string
}

export const unarchivedKey = (prefix: string, bucket: number): string =>
  `${prefix}${bucketTag(bucket)}:facts:unarchived`

/** The keys of one batch, all under the hash tag of its bucket (design section 3). */
export const batchKeys = (prefix: string, batchId: BatchId): BatchKeys => {
  const bucket = bucketOf(batchId)
  const start = `${prefix}${bucketTag(bucket)}:facts:`
  const key = (kind: string): string => `${start}${kind}:${batchId}`
  return {
    meta: key('meta'),
    essays: key('essays'),
    ids: key('ids'),
    tally: key('tally'),
    standing: key('standing'),
    book: key('book'),
    marker: markerKey(prefix, bucket),
    unarchived: unarchivedKey(prefix, bucket),
  }
}

/** Sorted set of one owner's batches, under the hash tag of the owner's own bucket; the owner stands last. */
export const ownedKey = (prefix: string, owner: string): string =>
  `${prefix}${bucketTag(bucketOf(owner))}:owned:${owner}`

/** Whether a bucket's owners were filled from the archive. */
export const ownedFilledKey = (prefix: string, bucket: number): string => `${prefix}${bucketTag(bucket)}:owned-filled`

/** All that a tool finds by looking at the names of keys: a pattern, and what a name of that pattern names. */
const named = (prefix: string, kind: string) => ({
  pattern: `${prefix.replace(/[\\*?[\]]/g, '\\$&')}{b*}:${kind}:*`,
  nameIn: (key: string): string | undefined =>
    new RegExp(`^\\{b\\d+\\}:${kind}:([^]*)$`).exec(key.startsWith(prefix) ? key.slice(prefix.length) : '')?.[1],
})
export const batchNames = (prefix: string) => named(prefix, 'facts:meta')
export const ownerNames = (prefix: string) => named(prefix, 'owned')

export interface DeadLetterKeys {
  /** Sorted set of the topic's letters by time and id. */
  readonly index: string
  /** Hashes: letter id -> what lists show, the whole letter, what was decided. */
  readonly heads: string
  readonly bodies: string
  readonly decisions: string
  /** Hash of the topic's bucket: how far each consumer group has applied the log. */
  readonly marker: string
}

/** The keys of one topic's dead letters, all under the hash tag of one bucket. */
export const deadLetterKeys = (prefix: string, topic: string): DeadLetterKeys => {
  const bucket = bucketOf(topic)
  const key = (kind: string): string => `${prefix}${bucketTag(bucket)}:letters:${kind}:${topic}`
  return {
    index: key('index'),
    heads: key('heads'),
    bodies: key('bodies'),
    decisions: key('decisions'),
    marker: markerKey(prefix, bucket),
  }
}
