/**
 * `bun run chaos`: kills every service in turn, and restarts Redis and Kafka, while batches run on engines of its own; then
 * holds what clients see against the log. Exits with 1 and what is wrong when anything was lost or done twice.
 */
import { reportOf, runChaos } from './chaos.ts'
import { parseOptions, USAGE } from './options.ts'

const say = (line: string) => void process.stderr.write(`${line}\n`)

const main = async (args: readonly string[]): Promise<number> => {
  const options = (() => {
    try {
      return parseOptions(args)
    } catch (thrown) {
      say(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`)
      return undefined
    }
  })()
  if (!options) return 2
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)))
  const { lines, ok } = reportOf(await runChaos(options, say, stop.signal), options.batches)
  process.stdout.write(`${lines.join('\n')}\n`)
  return ok ? 0 : 1
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (thrown) {
  say(thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown))
  process.exit(1)
}
