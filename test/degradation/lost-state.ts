import { join } from 'node:path'
import { RedisClient } from 'bun'
import type { System } from '../e2e/system.ts'
import { until } from '../support/until.ts'
import { startLoad, untilStatus } from './teacher.ts'

const REBUILD = join(import.meta.dir, '../../conductor/commands/rebuild/main.ts')
const seconds = (from: number): string => `${((performance.now() - from) / 1_000).toFixed(1)} s`

/** Compares the live state with the log, field by field; resolves with the last line of what it says. */
const compare = async (system: System): Promise<string> => {
  const child = Bun.spawn([process.execPath, REBUILD, '--all'], {
    ...{ env: { PATH: process.env['PATH'] ?? '', ...system.engines }, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`the comparison ended with ${code}:\n${out}${err}`)
  return out.trimEnd().split('\n').at(-1) ?? ''
}

/**
 * Empties Redis under load. Throws when an accepted request did not end or the state that was made again differs from the
 * log.
 */
export const lostState = async (system: System, redisUrl: string, say: (line: string) => void): Promise<string> => {
  const load = startLoad(system)
  await until(() => load.batches.length >= 30, { timeoutMs: 60_000, what: 'thirty batches', intervalMs: 50 })
  const [first = ''] = load.batches
  await untilStatus(system, first, /^completed/)
  const redis = new RedisClient(redisUrl)
  await redis.send('FLUSHALL', [])
  redis.close()
  const lost = performance.now()
  await untilStatus(system, first, /^completed/)
  await system.allReady()
  const back = seconds(lost)
  say(`the state was lost, and is back after ${back}`)
  const { accepted } = await load.end()
  const compared = await compare(system)
  if (!/\b0 differ/.test(compared)) throw new Error(`the state differs from the log: ${compared}`)
  return `\`FLUSHALL\` under load: status and every service were back after ${back}; ${accepted} of ${accepted} accepted requests ended; \`rebuild --all\` then said: ${compared}.`
}
