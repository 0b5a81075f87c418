import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { KafkaSecurity } from '../../connections.ts'
import { asError, PassingError } from '../../errors.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { EventLog, Subscription } from '../port.ts'
import { createPublisher } from './publisher.ts'
import { createKafkaSubscription } from './subscription.ts'
import { ensureKafkaTopics } from './topics.ts'

export interface KafkaLogOptions {
  readonly brokers: readonly string[]
  /** Names service and purpose, as brokers' logs and quotas will show it. */
  readonly clientId: string
  readonly logger: Logger
  /** Put before every topic and group on the brokers; services do not see it. Default none. */
  readonly prefix?: string
  /** Copies of each new topic; default 3, or as many as there are brokers. */
  readonly replicationFactor?: number
  readonly sessionTimeoutMs?: number
  /** Encryption and sign-in; default neither. */
  readonly security?: KafkaSecurity
}

/** The event log on Kafka. Connects when it is first used. */
export const createKafkaLog = (options: KafkaLogOptions): EventLog => {
  const { brokers, clientId, logger, prefix = '', security = {} } = options
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    ...(security.tls ? { ssl: { ...security.tls } } : {}),
    // A copy: kafkajs keeps its authenticator in it, which has this password.
    ...(security.sasl ? { sasl: { ...security.sasl } } : {}),
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const fields = { kafka: entry.namespace, ...pick(entry.log) }
      if (entry.level <= logLevel.ERROR) logger.warn(fields, entry.log.message)
      else logger.debug(fields, entry.log.message)
    },
  })
  const publisher = createPublisher({ kafka, prefix, logger })
  const subscriptions = new Set<Subscription>()
  const admin = lazyAdmin(kafka)
  // An admin client of kafkajs forgets its other topics when it is asked for the metadata of some: what asks for offsets at the
  // same moment fails ("Cannot destructure property 'partitions'"), and under load again and again.
  const metadata = lazyAdmin(kafka)
  const connectedAdmin = admin.connected

  return {
    async ensureTopics(specs) {
      const client = await connectedAdmin()
      const { brokers: nodes } = await client.describeCluster()
      const copies = options.replicationFactor ?? Math.min(3, nodes.length)
      const prefixed = specs.map((spec) => ({ ...spec, name: prefix + spec.name }))
      await ensureKafkaTopics(client, prefixed, copies, logger)
    },
    publish: publisher.publish,
    async consume(consume, handler) {
      const deps = { kafka, admin: connectedAdmin, prefix, logger }
      const session = options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }
      const subscription = await createKafkaSubscription({ ...deps, ...session }, consume, handler)
      subscriptions.add(subscription)
      return {
        ...subscription,
        async stop(last) {
          subscriptions.delete(subscription)
          await subscription.stop(last)
        },
      }
    },
    async partitions(topics) {
      const client = await metadata.connected()
      const { topics: found } = await client.fetchTopicMetadata({ topics: topics.map((topic) => prefix + topic) })
      return found.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionId }) => ({ topic: name.slice(prefix.length), partition: partitionId })),
      )
    },
    async ping() {
      const client = await connectedAdmin()
      try {
        await client.describeCluster()
      } catch (thrown) {
        throw new PassingError('kafka', asError(thrown).message, { cause: thrown })
      }
    },
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()))
      await publisher.close()
      await Promise.all([admin.close(), metadata.close()])
    },
  }
}

/** An admin client that connects when it is first needed, and again after that failed. */
const lazyAdmin = (kafka: Kafka) => {
  let admin: Promise<Admin> | undefined
  return {
    connected(): Promise<Admin> {
      admin ??= (async () => {
        const client = kafka.admin()
        await client.connect()
        return client
      })().catch((thrown) => {
        admin = undefined
        throw new PassingError('kafka', asError(thrown).message, { cause: thrown })
      })
      return admin
    },
    async close(): Promise<void> {
      const client = await admin?.catch(() => undefined)
      await client?.disconnect()
    },
  }
}

const pick = ({ error, groupId, topic }: Readonly<Record<string, unknown>>): object => ({
  ...(error === undefined ? {} : { err: error }),
  ...(groupId === undefined ? {} : { group: groupId }),
  ...(topic === undefined ? {} : { topic }),
})
