import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { asError } from '../../errors.ts'
import { backoff } from '../../retry.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { ConsumeOptions, FetchHandler, Subscription } from '../port.ts'
import { createFeed, type Feed } from './feed.ts'
import { recordOf } from './record.ts'

export interface SubscriptionDeps {
  readonly kafka: Kafka
  readonly admin: () => Promise<Admin>
  readonly prefix: string
  readonly logger: Logger
  /** Milliseconds after which a silent member is taken for dead; default 15,000. */
  readonly sessionTimeoutMs?: number
}

/**
 * One member of a group. kafkajs fetches its next round only when every partition of the last one has been handled, so a
 * slow partition would stop the others: here a fetch is only put into its partition's feed, and each partition is pumped
 * on its own. A feed that is full pauses its partition. The fetch loop never waits, and so keeps the heartbeat.
 */
export const createKafkaSubscription = async (
  { kafka, admin, prefix, logger, sessionTimeoutMs = 15_000 }: SubscriptionDeps,
  { group, topics, maxFetchRecords = 500, commit = 'handled' }: ConsumeOptions,
  handler: FetchHandler,
): Promise<Subscription> => {
  const feeds = new Map<string, Feed>()
  let consumer: Consumer
  let stopping = false
  let joined = false
  let crashes = 0
  let assignments = 0

  const feedOf = (topic: string, partition: number): Feed => {
    const place = `${topic}|${partition}`
    const known = feeds.get(place)
    if (known) return known
    const full = { topic: prefix + topic, partition }
    const commitOffset = (offset: number) => consumer.commitOffsets([{ ...full, offset: String(offset) }])
    const feed = createFeed({
      topic,
      partition,
      handler,
      maxFetchRecords,
      logger,
      heartbeat: async () => {},
      commit: (offset) => (commit === 'handled' ? commitOffset(offset) : undefined),
      commitRewound: commitOffset,
      start: async () => earliest(await (await admin()).fetchTopicOffsets(full.topic), partition),
      fetchFrom: (offset) => consumer.seek({ ...full, offset: String(offset) }),
      pause: () => consumer.pause([{ topic: full.topic, partitions: [partition] }]),
      resume: () => consumer.resume([{ topic: full.topic, partitions: [partition] }]),
    })
    feeds.set(place, feed)
    return feed
  }

  /** After a join the group reads on from what is committed: kept partitions forget what was only fetched. */
  const assign = async (assignment: Readonly<Record<string, readonly number[]>>): Promise<void> => {
    const owned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: topic.slice(prefix.length), partition })),
    )
    const places = new Set(owned.map(({ topic, partition }) => `${topic}|${partition}`))
    for (const [place, feed] of feeds) {
      if (places.has(place)) feed.restart()
      else {
        feed.revoke()
        feeds.delete(place)
      }
    }
    for (const { topic, partition } of owned) feedOf(topic, partition)
    joined = true
    assignments += 1
    await untilLoaded(assignments)
  }

  /** Without them nothing is known of idle partitions. Tried until they are read, or the group has joined anew. */
  const untilLoaded = async (assignment: number): Promise<void> => {
    for (let attempt = 0; assignment === assignments && !stopping; attempt++) {
      try {
        return await loadPositions()
      } catch (thrown) {
        logger.warn({ group, attempt, err: asError(thrown).message }, 'positions not read')
        await Bun.sleep(backoff(attempt, { baseMs: 200, capMs: 5_000 }))
      }
    }
  }

  /** Committed offsets and ends of all owned partitions, so that idle ones can be told of too. */
  const loadPositions = async (): Promise<void> => {
    const client = await admin()
    const owned = [...new Set([...feeds.values()].map(({ topic }) => topic))]
    const committed = await client.fetchOffsets({
      groupId: prefix + group,
      topics: owned.map((topic) => prefix + topic),
    })
    for (const { topic, partitions } of committed) {
      const ends = new Map((await client.fetchTopicOffsets(topic)).map((end) => [end.partition, end]))
      for (const { partition, offset } of partitions) {
        const feed = feeds.get(`${topic.slice(prefix.length)}|${partition}`)
        const end = ends.get(partition)
        if (!feed || !end) continue
        feed.setEnd(Number(end.high))
        feed.setApplied(Number(offset) >= 0 ? Number(offset) : Number(end.low))
      }
    }
  }

  const eachBatch = async ({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> => {
    // Fetched before its partition was told to begin elsewhere.
    if (isStale()) return
    const topic = batch.topic.slice(prefix.length)
    const feed = feedOf(topic, batch.partition)
    feed.setEnd(Number(batch.highWatermark))
    feed.push(batch.messages.map((message) => recordOf(topic, batch.partition, message)))
    resolveOffset(batch.lastOffset())
    await heartbeat()
  }

  const start = async (): Promise<void> => {
    consumer = kafka.consumer({
      groupId: prefix + group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, sessionTimeoutMs / 5),
      rebalanceTimeout: Math.max(10_000, sessionTimeoutMs),
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8, restartOnFailure: async () => false },
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => void assign(payload.memberAssignment))
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      joined = false
      logger.error({ group, err: payload.error.message, again: payload.restart }, 'consumer crashed')
      if (!payload.restart && !stopping) void startAgain()
    })
    await consumer.connect()
    await consumer.subscribe({ topics: topics.map((topic) => prefix + topic), fromBeginning: true })
    // Concurrency: handing over to a feed takes no time, so no partition waits for another.
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch,
    })
  }

  /** kafkajs gives up after some errors; a consumer of ours never does. */
  const startAgain = async (): Promise<void> => {
    await consumer.disconnect().catch(() => {})
    while (!stopping) {
      await Bun.sleep(backoff(crashes++, { baseMs: 200, capMs: 10_000 }))
      try {
        if (!stopping) await start()
        return
      } catch (thrown) {
        logger.error({ group, err: asError(thrown).message }, 'consumer not started')
        await consumer.disconnect().catch(() => {})
      }
    }
  }

  await start()

  return {
    applied: () => [...feeds.values()].flatMap((feed) => feed.position() ?? []),
    lag: () =>
      [...feeds.values()].map((feed) => {
        const { topic, partition } = feed
        return { topic, partition, offset: feed.position()?.offset ?? 0, lag: feed.lag() }
      }),
    ready: () => joined && !stopping,
    async commit(positions) {
      const owned = positions.filter(({ topic, partition }) => feeds.has(`${topic}|${partition}`))
      if (owned.length === 0) return
      await consumer.commitOffsets(
        owned.map(({ topic, partition, offset }) => ({ topic: prefix + topic, partition, offset: String(offset) })),
      )
    },
    async rewind({ topic, partition, offset }) {
      await feeds.get(`${topic}|${partition}`)?.rewind(offset)
    },
    async stop(last) {
      if (stopping) return
      stopping = true
      await Promise.all([...feeds.values()].map((feed) => feed.stop()))
      await last?.()
      await consumer.disconnect()
      // Brokers keep a group that nobody is in any more; one that stays behind does no harm.
      const forget = async () => (await admin()).deleteGroups([prefix + group])
      if (commit === 'never')
        await forget().catch((err) => logger.warn({ group, err: asError(err).message }, 'group kept'))
      feeds.clear()
    },
  }
}

const earliest = (offsets: readonly { readonly partition: number; readonly low: string }[], partition: number) =>
  Number(offsets.find((at) => at.partition === partition)?.low ?? 0)
