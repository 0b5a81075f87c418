import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import { freePort } from '../support/free-port.ts'
import { createEngine, type Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'

/** The server refuses to run as root; Debian's package brings this user. */
const USER = 'postgres'

const outputOf = async (command: readonly string[]): Promise<string> => {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${out}${err}`)
  return out.trim()
}

/** Root hands the data over to the server's user and runs it as that one; it still dies with whoever started it. */
const asServerUser = async (folder: string): Promise<readonly string[]> => {
  if (process.getuid?.() !== 0) return []
  const [uid, gid] = await Promise.all([outputOf(['id', '-u', USER]), outputOf(['id', '-g', USER])])
  await chown(folder, Number(uid), Number(gid))
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--pdeathsig=KILL']
}

/** One Postgres node that keeps what it committed over a `kill -9`. Not started yet. */
export const createPostgresNode = async ({ postgresBin }: Pick<EnginePrograms, 'postgresBin'>): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-postgres-'))
  const port = await freePort()
  const user = await asServerUser(folder)
  const data = join(folder, 'data')
  const initdb = [join(postgresBin, 'initdb'), '-D', data, '-U', 'baton', '-A', 'trust', '-E', 'UTF8', '--locale=C']
  await outputOf([...user, ...initdb, '--no-sync'])
  const address = `postgres://baton@127.0.0.1:${port}/postgres`
  return createEngine({
    name: 'postgres',
    address,
    command: [
      ...user,
      ...[join(postgresBin, 'postgres'), '-D', data, '-p', `${port}`, '-k', folder],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=100'],
    ],
    folder,
    readyTimeoutMs: 20_000,
    ready: async () => {
      const sql = new SQL(address, { max: 1, connectionTimeout: 1 })
      try {
        await sql`SELECT 1`
      } finally {
        await sql.close()
      }
    },
  })
}
