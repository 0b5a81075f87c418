/**
 * `npm run degradation`: on real engines of its own it takes each dependency away from a running system, makes it slow, lets it
 * come and go and fills its disk; restarts every service into another version and back under load; and empties Redis under
 * load. Writes what it saw into docs/degradation.md; exits with 1 when something was lost or had no bound.
 *
 *   npm run degradation             all of it
 *   npm run degradation -- Redis    only faults whose name has this in it; nothing is written
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSystem } from '../e2e/system.ts'
import type { Engine } from '../engines/engine.ts'
import { installEngines } from '../engines/install.ts'
import { createKafkaNode } from '../engines/kafka.ts'
import { createPostgresNode } from '../engines/postgres.ts'
import { createRedisNode } from '../engines/redis.ts'
import { freePort } from '../support/free-port.ts'
import { createProxy, type TestProxy } from '../support/proxy.ts'
import { faultsOf } from './faults.ts'
import { lostState } from './lost-state.ts'
import { matrix } from './matrix.ts'
import { writeNextVersion } from './next-version.ts'
import { rollingRestart } from './rolling-restart.ts'
import { createSmallDisk } from './small-disk.ts'

const PAGE = join(import.meta.dir, '../../docs/degradation.md')
const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->']

/** Enough for what the engines write in these minutes, and filled in a moment. */
const DISK_MIB = 512

const say = (line: string) => process.stderr.write(`${line}\n`)
const only = process.argv[2]
/** What must be undone, the last first. */
const undo: (() => unknown)[] = []

const programs = await installEngines(say)
let exitCode = 0
try {
  const disks = { kafka: await createSmallDisk(DISK_MIB), redis: await createSmallDisk(DISK_MIB) }
  undo.push(
    () => disks.kafka?.dispose(),
    () => disks.redis?.dispose(),
  )
  const networks = new Map<string, TestProxy>()
  /** Everybody speaks to it through a proxy, whose port this is. */
  const through = async (name: string, target: number, port?: number): Promise<number> => {
    const proxy = await createProxy(port ?? (await freePort()), target)
    networks.set(name, proxy)
    undo.push(proxy.close)
    return proxy.port
  }
  // One after the other: two at once could be given the same free port.
  const ports = { own: await freePort(), told: await freePort() }
  await through('Kafka', ports.own, ports.told)
  const [kafka, redis, postgres] = await Promise.all([
    createKafkaNode(programs, { ports, ...(disks.kafka ? { disk: disks.kafka.folder } : {}) }),
    createRedisNode(programs, disks.redis ? { disk: disks.redis.folder } : {}),
    createPostgresNode(programs),
  ])
  for (const engine of [kafka, redis, postgres]) {
    undo.push(
      () => engine.dispose(),
      () => engine.thaw(),
    )
  }
  await Promise.all([kafka.start(), redis.start(), postgres.start()])
  const engines = { kafka, redis, postgres }

  const proxied = async (name: string, { address }: Engine) => {
    const url = new URL(address)
    url.port = String(await through(name, Number(url.port)))
    return { address: url.href }
  }
  const one = await startSystem({
    ...{ kafka, redis: await proxied('Redis', redis), postgres: await proxied('Postgres', postgres), replicas: 1 },
    before: (service, port) => through(`the ${service}`, port),
  })
  undo.push(one.stop)
  const faults = faultsOf(one, { ...engines, disks, networks })
  const rows = await matrix(one, only ? faults.filter(({ name }) => name.includes(only)) : faults, say)
  await one.stop()

  const seen = [rows.join('\n')]
  if (!disks.kafka || !disks.redis) seen.push('Full disks were left out: this user may not mount a small one.')
  if (!only) {
    const two = await startSystem({ ...engines, replicas: 2 })
    undo.push(two.stop)
    const next = await writeNextVersion()
    undo.push(() => rm(next, { recursive: true }))
    seen.push(await rollingRestart(two, next, say), await lostState(two, redis.address, say))
    const page = await readFile(PAGE, 'utf8')
    const [before = '', rest = ''] = page.split(BEGIN)
    await writeFile(PAGE, `${before}${BEGIN}\n\n${seen.join('\n\n')}\n\n${END}${rest.split(END)[1] ?? ''}`)
  }
  process.stdout.write(`${seen.join('\n\n')}\n`)
} catch (thrown) {
  say(thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown))
  exitCode = 1
} finally {
  for (const step of undo.toReversed()) await Promise.resolve(step()).catch((thrown: unknown) => say(String(thrown)))
}
process.exit(exitCode)
