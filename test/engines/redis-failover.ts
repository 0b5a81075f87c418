import { RedisClient as Admin } from 'bun'
import { createSwitchboard } from '../support/switchboard.ts'
import { until } from '../support/until.ts'
import type { EnginePrograms } from './install.ts'
import { createRedisNode } from './redis.ts'

export interface RedisFailover {
  /** Leads to the master, and after the failover to what was its replica. */
  readonly url: string
  /** Bytes of writes that the master has acknowledged. */
  acknowledged(): Promise<number>
  /** Resolves once the replica has all that the master has acknowledged until now. */
  followed(): Promise<void>
  /** From here on the replica lags: what the master still acknowledges is lost with it. */
  lag(): Promise<void>
  /** The master dies, and the replica takes its place without what it has not heard. */
  failOver(): Promise<void>
  dispose(): Promise<void>
}

const SOON = { timeoutMs: 20_000 }

/** A master and a replica that follows it, ready when it resolves. */
export const createRedisFailover = async (programs: Pick<EnginePrograms, 'redisServer'>): Promise<RedisFailover> => {
  const undo: (() => unknown)[] = []
  const nodeOf = async (args: readonly string[] = []) => {
    const node = await createRedisNode(programs, { args })
    undo.push(() => node.dispose())
    await node.start()
    const admin = new Admin(node.address)
    undo.push(() => admin.close())
    const replication = async () => String(await admin.send('INFO', ['replication']))
    return { node, admin, replication, port: Number(new URL(node.address).port) }
  }
  const master = await nodeOf()
  const replica = await nodeOf(['--replicaof', '127.0.0.1', String(master.port)])
  const follows = async () => (await replica.replication()).includes('master_link_status:up')
  await until(follows, { ...SOON, what: 'the replica to follow' })
  const board = await createSwitchboard(master.port)
  undo.push(() => board.close())
  return {
    url: `redis://127.0.0.1:${board.port}`,
    acknowledged: async () => Number(/master_repl_offset:(\d+)/.exec(await master.replication())?.[1]),
    async followed() {
      await master.admin.send('SET', ['written', 'last'])
      const replicas = await master.admin.send('WAIT', ['1', '5000'])
      if (Number(replicas) !== 1) throw new Error('the replica does not follow')
    },
    lag: async () => void (await replica.admin.send('REPLICAOF', ['NO', 'ONE'])),
    async failOver() {
      board.connect(replica.port)
      await master.node.kill()
    },
    async dispose() {
      for (const step of undo.splice(0).reverse()) await step()
    },
  }
}
