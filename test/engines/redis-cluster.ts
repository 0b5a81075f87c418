import { RedisClient } from 'bun'
import type { Tls } from '../../shared/connections.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import type { Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'
import { createRedisNode } from './redis.ts'

export interface RedisCluster {
  readonly nodes: readonly Engine[]
  /** A comma list, as `REDIS_URL` takes it. */
  readonly url: string
  /** Sends a command to one node; it starts with the command's name. */
  send(node: number, ...command: readonly string[]): Promise<unknown>
  dispose(): Promise<void>
}

export interface ClusterOptions {
  /** A node that is not started yet, with these further arguments; default a plain one. */
  readonly createNode?: (args: readonly string[]) => Promise<Engine>
  /** What the tests need to be let in. */
  readonly access?: { readonly username: string; readonly password: string; readonly tls: Tls }
}

const SLOTS = 16_384
const MASTERS = 3
/** A node that gets no processor for so long on a busy machine is not dead; after that its slots are down. */
export const NODE_TIMEOUT_MS = '5000'

/** Three masters that share the slots, without replicas. Ready when it resolves, after a second or two. */
export const createRedisCluster = async (
  programs: Pick<EnginePrograms, 'redisServer'>,
  { createNode = (args) => createRedisNode(programs, { args }), access }: ClusterOptions = {},
): Promise<RedisCluster> => {
  const nodes: Engine[] = []
  const busPorts: string[] = []
  // One by one: two at once could be given the same free port.
  for (let n = 0; n < MASTERS; n++) {
    // The bus has a port of its own: by default 10,000 above, where outgoing connections have theirs.
    const busPort = String(await freePort())
    busPorts.push(busPort)
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', NODE_TIMEOUT_MS, '--cluster-port', busPort]
    const node = await createNode(args)
    await node.start()
    nodes.push(node)
  }
  const send = async (node: number, ...[name = '', ...rest]: readonly string[]): Promise<unknown> => {
    const url = new URL(nodes[node]?.address ?? '')
    if (access) Object.assign(url, { username: access.username, password: access.password })
    const tls = access ? { tls: { ...access.tls } } : {}
    const client = new RedisClient(url.href, { autoReconnect: false, connectionTimeout: 5_000, ...tls })
    try {
      return await client.send(name, [...rest])
    } finally {
      client.close()
    }
  }
  const portOf = ({ address }: Engine): string => new URL(address).port
  for (const [n, node] of nodes.entries()) {
    const [first, end] = [n, n + 1].map((share) => Math.floor((SLOTS * share) / MASTERS))
    await send(n, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String((end ?? SLOTS) - 1))
    await send(0, 'CLUSTER', 'MEET', '127.0.0.1', portOf(node), busPorts[n] ?? '')
  }
  const isReady = async (n: number) => {
    const info = String(await send(n, 'CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${MASTERS}`)
  }
  await until(async () => (await Promise.all(nodes.map((_, n) => isReady(n)))).every(Boolean), {
    timeoutMs: 20_000,
    what: 'the cluster to be ready',
  })
  return {
    nodes,
    url: nodes.map(({ address }) => address).join(),
    send,
    async dispose() {
      await Promise.all(nodes.map((node) => node.dispose()))
    },
  }
}
