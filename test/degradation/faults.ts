import type { Service, System } from '../e2e/system.ts'
import type { Engine } from '../engines/engine.ts'
import type { TestProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import type { SmallDisk } from './small-disk.ts'
import { registration } from './teacher.ts'

/** Something that a running system must survive. */
export interface Fault {
  readonly name: string
  begin(): unknown
  end(): unknown
}

/** Again and again: works for so long, stands still for so long. */
const inTurns = (
  stand: () => Promise<void> | void,
  go: () => void,
  { goMs, standMs }: { goMs: number; standMs: number },
) => {
  let ending = false
  let turns: Promise<void> = Promise.resolve()
  const turn = async (): Promise<void> => {
    while (!ending) {
      await stand()
      await Bun.sleep(standMs)
      go()
      await Bun.sleep(goMs)
    }
  }
  return {
    begin() {
      ending = false
      turns = turn()
    },
    async end(): Promise<void> {
      ending = true
      await turns
    },
  }
}

const FLAPPING = { goMs: 300, standMs: 300 }
/** Whatever it does takes twenty times as long. */
const SLOW = { goMs: 5, standMs: 95 }

const ofEngine = (name: string, engine: Engine): readonly Fault[] => [
  { name: `${name} is killed`, begin: () => engine.kill(), end: () => engine.start() },
  { name: `${name} hangs`, begin: () => engine.freeze(), end: () => engine.thaw() },
  { name: `${name} is slow`, ...inTurns(engine.freeze, engine.thaw, SLOW) },
  { name: `${name} hangs every 300 ms`, ...inTurns(engine.freeze, engine.thaw, FLAPPING) },
]

const ofService = (system: System, name: Service): readonly Fault[] => {
  const replica = `${name}-1`
  const stand = () => system.signal(replica, 'SIGSTOP')
  const go = () => system.signal(replica, 'SIGCONT')
  return [
    {
      name: `the ${name} is killed`,
      begin: () => system.end(replica, 'SIGKILL'),
      end: () => system.start(replica),
    },
    { name: `the ${name} hangs`, begin: stand, end: go },
    { name: `the ${name} is slow`, ...inTurns(stand, go, SLOW) },
    { name: `the ${name} hangs every 300 ms`, ...inTurns(stand, go, FLAPPING) },
  ]
}

/** A connection lasts some fifty pieces on average. */
const LOSSY = { kind: 'loses', share: 0.02 } as const
const FAR = { kind: 'slow', ms: 50 } as const

/** What the network to somebody does, as long as everybody goes through the proxy. */
export const ofNetwork = (name: string, proxy: TestProxy): readonly Fault[] => {
  const end = () => proxy.turn({ kind: 'fair' })
  return [
    { name: `the network to ${name} loses connections`, begin: () => proxy.turn(LOSSY), end },
    { name: `the network to ${name} takes 50 ms each way`, begin: () => proxy.turn(FAR), end },
  ]
}

export interface Parts {
  readonly kafka: Engine
  readonly redis: Engine
  readonly postgres: Engine
  /** What stands before each of them, by its name. */
  readonly networks: ReadonlyMap<string, TestProxy>
  /** Undefined where none could be mounted. */
  readonly disks: { readonly kafka: SmallDisk | undefined; readonly redis: SmallDisk | undefined }
}

const fullDisk = (
  name: string,
  disk: SmallDisk | undefined,
  system: System,
  restart: () => Promise<void>,
): readonly Fault[] => {
  if (!disk) return []
  // The last page of a file has still room for a few records.
  const begin = async (): Promise<void> => {
    await disk.fill()
    const isRefused = async () => !(await registration(system)).ok
    await until(isRefused, { timeoutMs: 60_000, what: `the disk of ${name} to be full`, intervalMs: 0 })
  }
  const end = async (): Promise<void> => {
    await disk.free()
    await restart()
  }
  return [{ name: `the disk of ${name} is full`, begin, end }]
}

/** Kafka ends when it cannot write, and is started again by whoever watches it; Redis goes on as soon as there is room. */
const diskFaults = (system: System, { kafka, disks }: Parts): readonly Fault[] => [
  ...fullDisk('Kafka', disks.kafka, system, async () => {
    await kafka.kill()
    await kafka.start()
  }),
  ...fullDisk('Redis', disks.redis, system, async () => undefined),
]

/** Every dependency killed, hanging, slow and flapping, disks that are full, and networks that lose and delay. */
export const faultsOf = (system: System, parts: Parts): readonly Fault[] => [
  ...ofEngine('Kafka', parts.kafka),
  ...ofEngine('Redis', parts.redis),
  ...ofEngine('Postgres', parts.postgres),
  ...diskFaults(system, parts),
  ...ofService(system, 'conductor'),
  ...ofService(system, 'orchestrator'),
  ...[...parts.networks].flatMap(([name, proxy]) => ofNetwork(name, proxy)),
]
