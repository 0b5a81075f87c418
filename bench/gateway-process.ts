import { join } from 'node:path'
import { createTokenSigner } from '../gateway/sign-in/sign.ts'
import { freePort } from '../test/support/free-port.ts'
import { until } from '../test/support/until.ts'
import type { BenchEngines } from './figure.ts'

const SECRET = 'a-secret-of-more-than-32-characters-for-benches'
const NO_END = '100000000'

/** A gateway on real engines with sign-in and limits on, a conductor that answers at once, a bare Hono, and one with the engines alone, each a process. */
export const startGateway = async ({ brokers, redisUrl }: BenchEngines) => {
  const children: Bun.Subprocess[] = []
  const start = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const command = [process.execPath, join(import.meta.dir, file), ...args]
    const inherited = { PATH: process.env['PATH'] ?? '' }
    const io = { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' } as const
    const child = Bun.spawn(command, { env: { ...inherited, ...env }, ...io })
    children.push(child)
    return child.pid
  }
  const [bare, floor, conductor, gateway] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
  const where = {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_PREFIX: prefix,
    REDIS_URL: redisUrl,
  }
  const barePid = start('servers/bare.ts', [`${bare}`])
  const floorPid = start('servers/floor.ts', [`${floor}`], where)
  start('servers/conductor.ts', [`${conductor}`])
  const pid = start('../gateway/main.ts', [], {
    ...where,
    REDIS_PREFIX: prefix,
    GATEWAY_PORT: `${gateway}`,
    CONDUCTOR_URL: `http://127.0.0.1:${conductor}`,
    JWT_SECRET: SECRET,
    INTERNAL_API_KEY: 'an-internal-key-for-benches',
    ENVIRONMENT: 'production',
    RATE_LIMIT_PIPELINES_PER_MINUTE: NO_END,
    RATE_LIMIT_STATUS_PER_MINUTE: NO_END,
    RATE_LIMIT_DEFAULT_PER_MINUTE: NO_END,
  })
  const sign = createTokenSigner({
    issuer: 'huleedu-identity-service',
    audience: 'huleedu-platform',
    secret: SECRET,
    clock: Date.now,
  })
  const token = await sign({ userId: 'ada', orgId: null })
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill()
    await Promise.all(children.map((child) => child.exited))
  }
  try {
    const url = `http://127.0.0.1:${gateway}`
    await until(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 60_000, what: 'the gateway to be ready' })
    /** Where each is, and which process it is. */
    const local = (port: number, process: number) => ({ url: `http://127.0.0.1:${port}`, pid: process })
    return { ours: { url, pid }, bare: local(bare, barePid), floor: local(floor, floorPid), token, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
