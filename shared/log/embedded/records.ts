import type { Database } from 'bun:sqlite'
import { MalformedError } from '../../errors.ts'
import { partitionOf } from '../partitioner.ts'
import type { LogRecord, OutgoingMessage, Position, TopicSpec } from '../port.ts'

/** What stands in the embedded log's file: topics, records, ends, committed offsets. All calls are synchronous. */
export interface Records {
  /** In one transaction: a commit of its own for each is a wait for the disk each, a tenth of a start. */
  define(specs: readonly TopicSpec[]): void
  partitions(topic: string): number | undefined
  /** Appends in one transaction. Throws a MalformedError for a message that its topic does not allow. */
  append(messages: readonly OutgoingMessage[], now: number): readonly Position[]
  read(topic: string, partition: number, from: number, limit: number): readonly LogRecord[]
  /** The offset of the earliest record that is left; the end where none is. */
  start(topic: string, partition: number): number
  /** The offset that the next record of the partition gets. */
  end(topic: string, partition: number): number
  /** Where a group goes on; 0 where it has not committed. */
  committed(group: string, topic: string, partition: number): number
  /** Where the group goes on, in one transaction; what stands there already is not written again. */
  commit(group: string, positions: readonly Position[]): void
  /** Removes up to `limit` records that no promise keeps any longer; says how many. */
  expire(now: number, limit: number): number
}

interface Row {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: string
  readonly timestamp: number
}

const utf8 = new TextEncoder()
const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? utf8.encode(value) : value)

export const createRecords = (db: Database): Records => {
  const define = db.query(
    `INSERT INTO topics VALUES ($name, $partitions, $retentionMs, $maxMessageBytes, $compacted)
     ON CONFLICT (name) DO UPDATE SET partitions = MAX(partitions, excluded.partitions),
       retention_ms = MAX(retention_ms, excluded.retention_ms),
       max_message_bytes = MAX(max_message_bytes, excluded.max_message_bytes), compacted = excluded.compacted`,
  )
  const topicQuery = db.query<{ partitions: number; max_message_bytes: number }, [string]>(
    'SELECT partitions, max_message_bytes FROM topics WHERE name = ?',
  )
  const takeOffset = db.query<{ next: number }, [string, number]>(
    'INSERT INTO ends VALUES (?, ?, 1) ON CONFLICT (topic, partition) DO UPDATE SET next = next + 1 RETURNING next',
  )
  const insert = db.query('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)')
  const select = db.query<Row, [string, number, number, number]>(
    'SELECT * FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?',
  )
  const endQuery = db.query<{ next: number }, [string, number]>(
    'SELECT next FROM ends WHERE topic = ? AND partition = ?',
  )
  const startQuery = db.query<{ first: number | null }, [string, number]>(
    'SELECT MIN(offset) AS first FROM records WHERE topic = ? AND partition = ?',
  )
  const committedQuery = db.query<{ next: number }, [string, string, number]>(
    'SELECT next FROM committed WHERE consumer_group = ? AND topic = ? AND partition = ?',
  )
  const commit = db.query(
    `INSERT INTO committed VALUES (?, ?, ?, ?)
     ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next = excluded.next WHERE next <> excluded.next`,
  )
  const expireOld = db.query<null, [number, number]>(
    `DELETE FROM records WHERE (topic, partition, offset) IN (
       SELECT r.topic, r.partition, r.offset FROM records r JOIN topics t ON t.name = r.topic
       WHERE t.compacted = 0 AND r.timestamp < ?1 - t.retention_ms LIMIT ?2)`,
  )
  const compact = db.query<null, [number]>(
    `DELETE FROM records WHERE (topic, partition, offset) IN (
       SELECT topic, partition, offset FROM (
         SELECT r.topic, r.partition, r.offset, MAX(r.offset) OVER (PARTITION BY r.topic, r.partition, r.key) AS last
         FROM topics t CROSS JOIN records r ON r.topic = t.name WHERE t.compacted = 1 AND r.key IS NOT NULL)
       WHERE offset < last LIMIT ?1)`,
  )

  const appendAll = db.transaction((messages: readonly OutgoingMessage[], now: number): readonly Position[] =>
    messages.map((message) => {
      const topic = topicQuery.get(message.topic)
      if (!topic) throw new Error(`there is no topic ${message.topic}`)
      const key = message.key === null ? null : bytesOf(message.key)
      const value = bytesOf(message.value)
      if (value.length + (key?.length ?? 0) > topic.max_message_bytes)
        throw new MalformedError(
          'too_large',
          `${message.topic} takes ${topic.max_message_bytes} bytes, got ${value.length}`,
        )
      const { partitions } = topic
      const partition = key === null ? Math.floor(Math.random() * partitions) : partitionOf(key, partitions)
      const offset = (takeOffset.get(message.topic, partition)?.next ?? 1) - 1
      insert.run(message.topic, partition, offset, key, value, JSON.stringify(message.headers), now)
      return { topic: message.topic, partition, offset }
    }),
  )

  const defineAll = db.transaction((specs: readonly TopicSpec[]): void => {
    for (const { name, partitions, retentionMs, maxMessageBytes, compacted = false } of specs)
      define.run({ name, partitions, retentionMs, maxMessageBytes, compacted: compacted ? 1 : 0 })
  })
  const commitAll = db.transaction((group: string, positions: readonly Position[]): void => {
    for (const { topic, partition, offset } of positions) commit.run(group, topic, partition, offset)
  })

  const rows: Records = {
    define: defineAll,
    partitions: (topic) => topicQuery.get(topic)?.partitions,
    append: (messages, now) => appendAll.immediate(messages, now),
    read: (topic, partition, from, limit) =>
      select.all(topic, partition, from, limit).map((row) => ({ ...row, headers: JSON.parse(row.headers) })),
    start: (topic, partition) => startQuery.get(topic, partition)?.first ?? rows.end(topic, partition),
    end: (topic, partition) => endQuery.get(topic, partition)?.next ?? 0,
    committed: (group, topic, partition) => committedQuery.get(group, topic, partition)?.next ?? 0,
    commit: commitAll,
    expire: (now, limit) => expireOld.run(now, limit).changes + compact.run(limit).changes,
  }
  return rows
}
