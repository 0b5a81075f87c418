import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes the port while its server restarts. */
const LOWEST = 20_000
const HIGHEST = 32_000

/** Longer than a whole run of the tests: a server that is away for a moment keeps its port. */
const RESERVED_MS = 900_000
const reservations = join(tmpdir(), 'baton-ports')

/** Whether this port is ours from now on. Test files run in processes of their own, so the reservation is a file. */
const reserve = async (port: number): Promise<boolean> => {
  const file = join(reservations, String(port))
  const since = await stat(file).catch(() => undefined)
  if (since && Date.now() - since.mtimeMs < RESERVED_MS) return false
  await rm(file, { force: true })
  return writeFile(file, '', { flag: 'wx' }).then(
    () => true,
    () => false,
  )
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/** A loopback port that nobody listens on, and that nobody else is given, whichever process asks. */
export const freePort = async (): Promise<number> => {
  await mkdir(reservations, { recursive: true })
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if ((await reserve(port)) && (await isFree(port))) return port
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} in 1,000 tries`)
}
