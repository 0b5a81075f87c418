import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisClient } from 'bun'
import { freePort } from '../support/free-port.ts'
import { createEngine, type Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'

export interface RedisOptions {
  /** More of the command line, for example what makes this node a replica or a member of a Cluster. */
  readonly args?: readonly string[]
  /** Who may ask whether it is ready; default anybody. */
  readonly signIn?: { readonly username: string; readonly password: string }
  /** The folder in which its data has a folder of its own. */
  readonly disk?: string
}

/**
 * One Redis node that keeps what it acknowledged over a `kill -9` (append-only file) and evicts nothing, as production
 * must. Not started yet.
 */
export const createRedisNode = async (
  { redisServer }: Pick<EnginePrograms, 'redisServer'>,
  { args = [], disk = tmpdir(), signIn }: RedisOptions = {},
): Promise<Engine> => {
  const port = await freePort()
  const address = `redis://127.0.0.1:${port}`
  return createEngine({
    name: 'redis',
    address,
    command: [
      ...[redisServer, '--port', `${port}`, '--bind', '127.0.0.1'],
      ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction', ...args],
    ],
    folder: await mkdtemp(join(disk, 'baton-redis-')),
    readyTimeoutMs: 15_000,
    ready: async () => {
      const client = new RedisClient(signIn ? Object.assign(new URL(address), signIn).href : address, {
        autoReconnect: false,
        connectionTimeout: 1_000,
      })
      try {
        await client.ping()
      } finally {
        client.close()
      }
    },
  })
}
