/**
 * `npm run dying-gateways -- [--runs 1000] [--seconds 5] [--workers 60] [--minutes 25]`: kills each gateway and the proxy before
 * them in turn while batches run, and holds what every client was shown against what is true. Exits with 1 when an id did
 * not grow, a run did not end, or a client's last state is not the newest.
 */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { engines, uniquePrefix } from '../../support/engines.ts'
import { reportOf, runDyingGateways } from './dying-gateways.ts'

const Options = z.strictObject({
  runs: z.coerce.number().int().min(1).default(1_000),
  seconds: z.coerce.number().positive().default(5),
  workers: z.coerce.number().int().min(1).default(60),
  minutes: z.coerce.number().positive().default(25),
})
const say = (line: string) => void process.stderr.write(`${line}\n`)

const main = async (args: readonly string[]): Promise<number> => {
  const options = Object.fromEntries(Object.keys(Options.shape).map((name) => [name, { type: 'string' } as const]))
  const { runs, seconds, workers, minutes } = Options.parse(parseArgs({ args: [...args], options }).values)
  const { brokers, redisUrl } = engines()
  if (!brokers || !redisUrl) throw new Error('KAFKA_BROKERS and REDIS_URL must be set; npm run dying-gateways does so')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)))
  const where = { brokers: brokers.join(','), redisUrl, prefix: uniquePrefix() }
  const load = { runs, workers, everyMs: seconds * 1_000, limitMs: minutes * 60_000 }
  const { lines, ok } = reportOf(await runDyingGateways({ ...where, ...load }, say, stop.signal), runs)
  process.stdout.write(`${lines.join('\n')}\n`)
  return ok ? 0 : 1
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (thrown) {
  say(thrown instanceof Error ? thrown.message : String(thrown))
  process.exit(1)
}
