import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { freePort } from '../support/free-port.ts'
import { createEngine, type Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'

/** A listener that is not open to everybody. */
export interface SecureListener {
  /** As Kafka names it. */
  readonly protocol: 'SASL_SSL' | 'SSL' | 'SASL_PLAINTEXT'
  /** More lines of `server.properties`. */
  readonly properties: string
  /** More arguments of the storage tool, for example users. */
  readonly formatArgs: readonly string[]
  /** How a client gets in. */
  readonly client: Pick<KafkaConfig, 'ssl' | 'sasl'>
}

export interface KafkaOptions {
  readonly secure?: SecureListener
  /** The folder in which its data has a folder of its own. */
  readonly disk?: string
  /** Where it listens, and where clients are told that it does: what stands between passes on. Default a free port, the same. */
  readonly ports?: { readonly own: number; readonly told: number }
}

const serverProperties = (
  port: number,
  told: number,
  controllerPort: number,
  dataFolder: string,
  protocol: string,
): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=${protocol}://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${protocol}://127.0.0.1:${told}
inter.broker.listener.name=${protocol}
controller.listener.names=CONTROLLER
listener.security.protocol.map=${protocol}:${protocol},CONTROLLER:PLAINTEXT
log.dirs=${dataFolder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
# Takes 3 s off every consumer start.
group.initial.rebalance.delay.ms=0
# Every test has topics of its own: thousands of small partitions, each with index files that are mapped at their full size.
log.index.size.max.bytes=65536
log.cleaner.dedupe.buffer.size=4194304
# A topic that our code forgot to create must be an error here too.
auto.create.topics.enable=false
`

const format = async (java: string, classPath: string, properties: string, more: readonly string[]): Promise<void> => {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
  // With '=': one id in 64 begins with a dash, and would be read as another option.
  const command = [
    java,
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${id}`,
    '-c',
    properties,
    ...more,
  ]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`Kafka's storage could not be formatted (${code}):\n${out}${err}`)
}

/** An open port is not enough: the first idempotent produce meets "coordinator is loading" for a moment. */
const produceOnce = async (broker: string, client: SecureListener['client']): Promise<void> => {
  const settings = { clientId: 'engines', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 1 } }
  const kafka = new Kafka({ ...settings, ...client })
  const [admin, producer] = [kafka.admin(), kafka.producer({ idempotent: true, maxInFlightRequests: 1 })]
  try {
    await Promise.all([admin.connect(), producer.connect()])
    await admin.createTopics({ topics: [{ topic: 'engines.ready', numPartitions: 1 }] })
    await producer.send({ topic: 'engines.ready', messages: [{ value: 'ready' }] })
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()])
  }
}

/**
 * One Kafka node in KRaft mode, broker and controller in one, that creates no topic by itself. Not started yet. A start
 * takes about 4 s.
 */
export const createKafkaNode = async (
  { java, kafkaLib }: Pick<EnginePrograms, 'java' | 'kafkaLib'>,
  { secure, disk = tmpdir(), ports }: KafkaOptions = {},
): Promise<Engine> => {
  const folder = await mkdtemp(join(disk, 'baton-kafka-'))
  const [port, controllerPort] = [ports?.own ?? (await freePort()), await freePort()]
  const told = ports?.told ?? port
  const properties = join(folder, 'server.properties')
  const classPath = join(kafkaLib, '*')
  const basic = serverProperties(port, told, controllerPort, join(folder, 'data'), secure?.protocol ?? 'PLAINTEXT')
  await writeFile(properties, basic + (secure?.properties ?? ''))
  await format(java, classPath, properties, secure?.formatArgs ?? [])
  const address = `127.0.0.1:${told}`
  return createEngine({
    name: 'kafka',
    address,
    command: [
      ...[java, '-Xmx768m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
      ...['-cp', classPath, 'kafka.Kafka', properties],
    ],
    folder,
    readyTimeoutMs: 60_000,
    ready: () => produceOnce(address, secure?.client ?? {}),
  })
}
