/**
 * The event log: what Kafka is in production and a SQLite file in the embedded way of running. Both sides pass
 * `test/shared/log/contract.ts`, and no service imports anything else of a log than this file.
 */

/** Where a record stands. `offset` counts from 0 in each partition and fits a number (2^53 records). */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A message on its way into the log. Messages with equal keys keep their order. */
export interface OutgoingMessage {
  readonly topic: string
  /** Null spreads over the partitions. Bytes are for a key that was read from the log and goes back as it was. */
  readonly key: string | Uint8Array | null
  readonly value: string | Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** A record that was read from the log, as it lay there: nothing is decoded yet. */
export interface LogRecord extends Position {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  /** The log's own time of the record, milliseconds since 1970. */
  readonly timestamp: number
}

/** What a topic must be like; `ensureTopics` creates it when it is missing, and raises the partition count if it is lower. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** Milliseconds; ignored for a compacted topic. */
  readonly retentionMs: number
  readonly maxMessageBytes: number
  /** Keep the last record of each key for ever instead of all records for a time. */
  readonly compacted?: boolean
}

export interface FetchContext {
  /** Aborts when the subscription stops or the partition is taken away: waiting must end. */
  readonly signal: AbortSignal
  /** Tells the group that this member lives; to be called at least every few seconds during a long wait. */
  heartbeat(): Promise<void>
}

/**
 * Handles one fetch of one partition, in order. When it resolves, all of it counts as applied and the offset after the
 * last record is committed; when it rejects, the same records come again after a pause, and nothing behind them.
 */
export type FetchHandler = (records: readonly LogRecord[], context: FetchContext) => Promise<void>

export interface ConsumeOptions {
  readonly group: string
  /** A new group starts at the earliest record. */
  readonly topics: readonly string[]
  /** At most so many records a call. Default 500. */
  readonly maxFetchRecords?: number
  /**
   * `handled`, the default: after every fetch. `asked`: only by `commit`, for whoever must write down elsewhere first how
   * far things are applied. `never`: the group is this one reading's own, begins at the earliest record and is gone once it
   * has stopped.
   */
  readonly commit?: 'handled' | 'asked' | 'never'
}

/** How far a partition is applied. */
export interface Progress extends Position {
  /** Where this member began with the partition. */
  readonly began: number
}

/** One member of a consumer group. */
export interface Subscription {
  /**
   * The partitions that this member owns now, each with the offset up to which everything is applied (the next one to
   * read), also of partitions in which nothing has come yet. Markers are written from it (invariant 13).
   */
  applied(): readonly Progress[]
  /** How many records are not applied yet, per owned partition; undefined where the end is not known yet. */
  lag(): readonly (Position & { readonly lag: number | undefined })[]
  /** True once the member has joined its group and owns its share. */
  ready(): boolean
  /** Makes it durable that everything before these offsets is applied; partitions that are no longer owned are left out. */
  commit(positions: readonly Position[]): Promise<void>
  /**
   * Goes back: what is in hand is aborted and does not count, and the records from this offset on come again (from the
   * earliest one that is left when it lies before that). Resolves once `applied` says so; at once for a partition that is
   * not owned.
   */
  rewind(position: Position): Promise<void>
  /** Finishes what is in hand, commits it, and leaves the group. `last` is done in between: everything is applied then. */
  stop(last?: () => Promise<void>): Promise<void>
}

export interface PublishOptions {
  /** Milliseconds until a PublishError; default 10,000. */
  readonly timeoutMs?: number
}

export interface EventLog {
  /** Creates or widens topics. Safe to call from several processes at once. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  /**
   * Resolves when every message is durable (`acks=all`), with their positions in the order given. Rejects with a
   * PublishError, always in bounded time.
   */
  publish(messages: readonly OutgoingMessage[], options?: PublishOptions): Promise<readonly Position[]>
  /** Joins a group. Delivery is at least once, in order per partition; partitions do not wait for each other. */
  consume(options: ConsumeOptions, handler: FetchHandler): Promise<Subscription>
  /** All partitions of these topics, whoever owns them. */
  partitions(topics: readonly string[]): Promise<readonly Omit<Position, 'offset'>[]>
  /** Rejects when the log cannot be reached now. For readiness. */
  ping(): Promise<void>
  /** Stops all subscriptions, sends what was accepted, and disconnects. */
  close(): Promise<void>
}
