import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes the port while its server restarts. */
const LOWEST = 20_000
const HIGHEST = 32_000

/** Longer than a server of any test is away: until it is there again it keeps its port. */
const PERIOD_MS = 300_000
const reservations = join(tmpdir(), 'baton-ports')

/**
 * Whether this port is ours from now on. Test files run in processes of their own, so the reservation is a file: in the folder
 * of this period of time, and it holds for the next one as well. None is ever taken over, which two could do at once.
 */
const reserve = async (port: number): Promise<boolean> => {
  const period = Math.floor(Date.now() / PERIOD_MS)
  const fileOf = (of: number) => join(reservations, String(of), String(port))
  await mkdir(join(reservations, String(period)), { recursive: true })
  if (existsSync(fileOf(period - 1))) return false
  return writeFile(fileOf(period), '', { flag: 'wx' }).then(
    () => true,
    () => false,
  )
}

/** What was reserved long ago. */
const forgetOld = async (): Promise<void> => {
  const oldest = Math.floor(Date.now() / PERIOD_MS) - 1
  for (const period of await readdir(reservations).catch(() => []))
    if (Number(period) < oldest) await rm(join(reservations, period), { recursive: true, force: true })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/** A loopback port that nobody listens on, and that nobody else is given, whichever process asks. */
export const freePort = async (): Promise<number> => {
  await forgetOld()
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if ((await reserve(port)) && (await isFree(port))) return port
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} in 1,000 tries`)
}
