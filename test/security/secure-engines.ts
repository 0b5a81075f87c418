import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { KafkaSecurity, RedisAccess } from '../../shared/connections.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { createEngine, type Engine } from '../engines/engine.ts'
import { type EnginePrograms, run } from '../engines/install.ts'
import { createKafkaNode, type SecureListener } from '../engines/kafka.ts'
import { createRedisCluster } from '../engines/redis-cluster.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { type Certificates, clientTlsOf } from './certificates.ts'

/** Engines that let nobody in without a key, set up as `deploy/` has it. */

const root = join(import.meta.dir, '../..')
export const PASSWORD = 'a-password-of-the-engines'
const ADMIN = 'a-password-of-the-operators'

/** Redis as `deploy/redis/start.sh` starts it, but on TLS only. */
export const secureRedis = async (
  folder: string,
  certificates: Certificates,
  { clients = 'no', args = [] }: { readonly clients?: 'yes' | 'no'; readonly args?: readonly string[] } = {},
): Promise<Engine> => {
  const { cert, key, ca } = certificates
  const port = await freePort()
  const [password, admin] = [join(folder, 'password'), join(folder, 'admin')]
  await Promise.all([writeFile(password, PASSWORD), writeFile(admin, ADMIN)])
  const address = `rediss://127.0.0.1:${port}`
  const access: RedisAccess = { username: 'baton', password: PASSWORD, tls: await clientTlsOf(certificates) }
  const probe = createRedisClient({ url: address, access, connectionName: 'probe', logger: silent })
  const files = [
    `PASSWORD_FILE=${password}`,
    `ADMIN_PASSWORD_FILE=${admin}`,
    `USERS_FILE=${join(folder, `${port}.acl`)}`,
  ]
  return createEngine({
    name: 'redis',
    address,
    folder: await mkdtemp(join(tmpdir(), 'baton-redis-')),
    command: [
      ...['env', ...files, 'sh', join(root, 'deploy/redis/start.sh')],
      ...['--bind', '127.0.0.1', '--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', clients],
      ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca, ...args],
    ],
    readyTimeoutMs: 15_000,
    ready: () => probe.ping().then(() => probe.close()),
  })
}

/** Three such nodes as a Cluster, encrypted among each other too, that ask for the certificates of clients. */
export const secureRedisCluster = async (programs: EnginePrograms, folder: string, certificates: Certificates) =>
  createRedisCluster(programs, {
    createNode: (args) =>
      secureRedis(folder, certificates, {
        clients: 'yes',
        args: ['--tls-cluster', 'yes', '--tls-replication', 'yes', ...args],
      }),
    access: { username: 'admin', password: ADMIN, tls: await clientTlsOf(certificates) },
  })

/** Kafka that speaks TLS, asks for certificates, knows two users by SCRAM, and lets only `admin` do anything. */
export const secureKafka = async (programs: EnginePrograms, folder: string, certificates: Certificates) => {
  const { cert, key, ca } = certificates
  const store = join(folder, 'server.pem')
  await writeFile(store, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')))
  const tls = await clientTlsOf(certificates)
  const as = (username: string, password: string) => ({
    tls,
    sasl: { mechanism: 'scram-sha-256' as const, username, password },
  })
  const [security, admin]: readonly [KafkaSecurity, ReturnType<typeof as>] = [as('baton', PASSWORD), as('admin', ADMIN)]
  const jaas = (name: string, password: string) =>
    `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${password}";`
  const secure: SecureListener = {
    protocol: 'SASL_SSL',
    properties: `
ssl.keystore.type=PEM
ssl.keystore.location=${store}
ssl.truststore.type=PEM
ssl.truststore.location=${ca}
listener.name.sasl_ssl.ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${jaas('admin', ADMIN)}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
`,
    formatArgs: [
      ...['--add-scram', `SCRAM-SHA-256=[name=baton,password=${PASSWORD}]`],
      ...['--add-scram', `SCRAM-SHA-256=[name=admin,password=${ADMIN}]`],
    ],
    client: { ssl: { ...tls }, sasl: { ...admin.sasl } },
  }
  const engine = await createKafkaNode(programs, { secure })

  /** Grants what `deploy/kafka/acls.sh` grants. */
  const grant = async (): Promise<void> => {
    const bin = await mkdtemp(join(folder, 'bin-'))
    const command = join(bin, 'kafka-acls.sh')
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dir, 'kafka-acls.ts')}' "$@"\n`)
    await chmod(command, 0o755)
    const who = JSON.stringify({ brokers: [engine.address], ...secure.client })
    const path = `PATH=${bin}${delimiter}${process.env['PATH'] ?? ''}`
    const script = ['sh', join(root, 'deploy/kafka/acls.sh'), '--bootstrap-server', engine.address]
    await run(['env', path, `KAFKA_ADMIN=${who}`, ...script, '--command-config', 'admin.properties'])
  }
  return { engine, security, admin, grant }
}
