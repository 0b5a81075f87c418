import { Kafka, logLevel } from 'kafkajs'
import Broker from 'kafkajs/src/broker/index.js'
import ConnectionPool from 'kafkajs/src/network/connectionPool.js'
import createSocketFactory from 'kafkajs/src/network/socketFactory.js'
import Decoder, { type Reader } from 'kafkajs/src/protocol/decoder.js'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import type { KafkaSecurity } from '../../connections.ts'
import { asError } from '../../errors.ts'

/** What Kafka lets a principal do, by its place in the bits of an answer. */
const OPERATIONS = new Map([
  [3, 'read'],
  [4, 'write'],
  [5, 'create'],
  [8, 'describe'],
  [10, 'describe_configs'],
  [11, 'alter_configs'],
] as const)
export type Operation = typeof OPERATIONS extends Map<number, infer Name> ? Name : never

/** What we may do with something; nothing where we may not even know of it. */
export type Access = ReadonlySet<Operation>

/** What a Kafka lets us do, as it says itself; all of it where it has no authoriser. */
export interface KafkaAccess {
  /** By name, without the prefix; a topic that is not there is missing. */
  readonly topics: ReadonlyMap<string, Access>
  readonly groups: ReadonlyMap<string, Access>
  readonly cluster: Access
  /** Numbers of the calls that it knows: its version, as far as one can be told. */
  readonly calls: ReadonlySet<number>
}

export interface AccessOptions {
  readonly brokers: readonly string[]
  readonly security: KafkaSecurity
  readonly prefix: string
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

/** Error codes of the protocol. */
const UNAUTHORIZED_TOPIC = 29
const NONE = 0

/** Asks a Kafka what we may do there, and changes nothing. Rejects when it cannot be reached. */
export const inspectKafkaAccess = async (options: AccessOptions): Promise<KafkaAccess> => {
  const { brokers, prefix, topics, groups } = options
  const opened: Broker[] = []
  const open = async (address: string): Promise<Broker> => {
    const broker = brokerAt(address, options.security)
    opened.push(broker)
    await broker.connect()
    return broker
  }
  try {
    const broker = await firstOf(brokers, open)
    const metadata = await broker.connectionPool.send(askTopics(topics.map((name) => prefix + name)))
    const found = metadata.topics.filter(({ error }) => error === NONE || error === UNAUTHORIZED_TOPIC)
    const groupAccess = async (group: string): Promise<readonly (readonly [string, Access])[]> => {
      try {
        const { coordinator } = await broker.findGroupCoordinator({ groupId: prefix + group, coordinatorType: 0 })
        const at = await open(`${coordinator.host}:${coordinator.port}`)
        const [described] = await at.connectionPool.send(askGroup(prefix + group))
        return described?.error === NONE ? [[group, described.access]] : []
      } catch (thrown) {
        const kind: unknown = Reflect.get(asError(thrown), 'type')
        if (kind === 'GROUP_AUTHORIZATION_FAILED') return [[group, new Set()]]
        // No group was ever used here, so nobody coordinates one yet.
        if (kind === 'GROUP_COORDINATOR_NOT_AVAILABLE') return []
        throw thrown
      }
    }
    return {
      topics: new Map(found.map(({ name, access }) => [name.slice(prefix.length), access])),
      groups: new Map((await Promise.all(groups.map(groupAccess))).flat()),
      cluster: metadata.cluster,
      calls: new Set(Object.keys(broker.versions).map(Number)),
    }
  } finally {
    await Promise.all(opened.map((broker) => broker.disconnect()))
  }
}

const brokerAt = (address: string, { tls, sasl }: KafkaSecurity): Broker => {
  const { hostname: host, port } = new URL(`kafka://${address}`)
  const clientId = 'baton-doctor'
  const logger = new Kafka({ clientId, brokers: [address], logLevel: logLevel.NOTHING }).logger()
  const connectionPool = new ConnectionPool({
    ...{ host, port: Number(port), clientId, logger, socketFactory: createSocketFactory() },
    ...{ connectionTimeout: 3_000, requestTimeout: 5_000 },
    ...(tls ? { ssl: { ...tls } } : {}),
    ...(sasl ? { sasl: { ...sasl } } : {}),
  })
  return new Broker({ connectionPool, logger })
}

/** The first that can be reached; rejects with what the last one said. */
const firstOf = async <Found>(addresses: readonly string[], open: (one: string) => Promise<Found>): Promise<Found> => {
  let failure: unknown
  for (const address of addresses) {
    try {
      return await open(address)
    } catch (thrown) {
      failure = thrown
    }
  }
  throw failure
}

const accessOf = (bits: number): Access => new Set([...OPERATIONS].filter(([n]) => bits & (1 << n)).map(([, it]) => it))

const reader = <Answer>(read: (decoder: Decoder) => Answer): Reader<Answer> => ({
  decode: async (bytes) => read(new Decoder(bytes)),
  parse: async (answer) => answer,
})
const numbers = (decoder: Decoder) => decoder.readArray((one) => one.readInt32())

/** Metadata, version 8: the first that tells what we may do, and the last that kafkajs can write. */
const askTopics = (names: readonly string[]) => ({
  request: {
    ...{ apiKey: 3, apiVersion: 8, apiName: 'Metadata' },
    encode: async () => new Encoder().writeArray(names).writeBoolean(false).writeBoolean(true).writeBoolean(true),
  },
  response: reader((decoder) => {
    decoder.readInt32()
    decoder.readArray((one) => [one.readInt32(), one.readString(), one.readInt32(), one.readString()])
    decoder.readString()
    decoder.readInt32()
    const topics = decoder.readArray((one) => {
      const [error, name] = [one.readInt16(), one.readString() ?? '']
      one.readBoolean()
      one.readArray((p) => [p.readInt16(), p.readInt32(), p.readInt32(), p.readInt32(), ...[p, p, p].map(numbers)])
      return { error, name, access: error === NONE ? accessOf(one.readInt32()) : noAccess(one) }
    })
    return { topics, cluster: accessOf(decoder.readInt32()) }
  }),
})
/** The bits are there, and mean nothing. */
const noAccess = (decoder: Decoder): Access => {
  decoder.readInt32()
  return new Set()
}

/** DescribeGroups, version 3, for the same reasons. A group that nobody has used is described too. */
const askGroup = (name: string) => ({
  request: {
    ...{ apiKey: 15, apiVersion: 3, apiName: 'DescribeGroups' },
    encode: async () => new Encoder().writeArray([name]).writeBoolean(true),
  },
  response: reader((decoder) => {
    decoder.readInt32()
    return decoder.readArray((group) => {
      const error = group.readInt16()
      for (let n = 0; n < 4; n++) group.readString()
      group.readArray((m) => [m.readString(), m.readString(), m.readString(), m.readBytes(), m.readBytes()])
      return { error, access: accessOf(group.readInt32()) }
    })
  }),
})
