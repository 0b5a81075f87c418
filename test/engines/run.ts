/**
 * Runs a command with a real Kafka, a real Redis and a real Postgres, and leaves nothing behind:
 *
 *   bun test/engines/run.ts bun test     the command finds KAFKA_BROKERS, REDIS_URL, DATABASE_URL and BATON_ENGINES=all
 *   bun test/engines/run.ts --keep       prints the addresses as exports and stays until Ctrl-C
 */
import { resolve } from 'node:path'
import { installEngines } from './install.ts'
import { createKafkaNode } from './kafka.ts'
import { createPostgresNode } from './postgres.ts'
import { createRedisNode } from './redis.ts'
import { commandWork, supervise } from './supervise.ts'

const USAGE = 'usage: bun test/engines/run.ts (--keep | COMMAND [ARGUMENT...])'

const report = (line: string) => process.stderr.write(`engines: ${line}\n`)

/** Resolves with the first signal that asks us to end. */
const askedToEnd = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })

const keepWork = (addresses: Readonly<Record<string, string>>) => (stop: AbortSignal) => {
  const lines = Object.entries(addresses).map(([name, value]) => `export ${name}=${value}\n`)
  process.stdout.write(lines.join(''))
  return new Promise<number>((resolve) => stop.addEventListener('abort', () => resolve(0), { once: true }))
}

const main = async (args: readonly string[]): Promise<number> => {
  const keep = args[0] === '--keep' && args.length === 1
  if (!keep && (args.length === 0 || args[0]?.startsWith('-'))) {
    report(USAGE)
    return 2
  }
  const signalled = askedToEnd()
  const programs = await installEngines(report)
  const [kafka, redis, postgres] = await Promise.all([
    createKafkaNode(programs),
    createRedisNode(programs),
    createPostgresNode(programs),
  ])
  const addresses = { KAFKA_BROKERS: kafka.address, REDIS_URL: redis.address, DATABASE_URL: postgres.address }
  const binaries = resolve(import.meta.dir, '../../node_modules/.bin')
  const env = { ...process.env, ...addresses, BATON_ENGINES: 'all', PATH: `${binaries}:${process.env['PATH']}` }
  report(`starting Kafka at ${kafka.address}, Redis at ${redis.address} and Postgres at ${postgres.address}`)
  return supervise({
    engines: [kafka, redis, postgres],
    work: keep ? keepWork(addresses) : commandWork(args, env),
    signalled,
  })
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  report(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
