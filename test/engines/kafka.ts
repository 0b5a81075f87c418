import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { freePort } from '../support/free-port.ts'
import { createEngine, type Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'

const serverProperties = (port: number, controllerPort: number, dataFolder: string): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
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

const format = async (java: string, classPath: string, properties: string): Promise<void> => {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
  const command = [java, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`Kafka's storage could not be formatted (${code}):\n${out}${err}`)
}

/** An open port is not enough: the first idempotent produce meets "coordinator is loading" for a moment. */
const produceOnce = async (broker: string): Promise<void> => {
  const kafka = new Kafka({ clientId: 'engines', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 1 } })
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
export const createKafkaNode = async ({ java, kafkaLib }: Omit<EnginePrograms, 'redisServer'>): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-kafka-'))
  const [port, controllerPort] = [await freePort(), await freePort()]
  const properties = join(folder, 'server.properties')
  const classPath = join(kafkaLib, '*')
  await writeFile(properties, serverProperties(port, controllerPort, join(folder, 'data')))
  await format(java, classPath, properties)
  const address = `127.0.0.1:${port}`
  return createEngine({
    name: 'kafka',
    address,
    command: [
      ...[java, '-Xmx768m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
      ...['-cp', classPath, 'kafka.Kafka', properties],
    ],
    folder,
    readyTimeoutMs: 60_000,
    ready: () => produceOnce(address),
  })
}
