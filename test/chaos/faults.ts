import { sleep } from '../../shared/retry.ts'
import { createChance } from '../../simulator/chance.ts'
import type { System } from '../e2e/system.ts'
import type { Engine } from '../engines/engine.ts'

export interface FaultsDeps {
  readonly system: Pick<System, 'all' | 'start' | 'end'>
  readonly engines: readonly Engine[]
  readonly everyMs: number
  readonly rounds: number
  readonly seed: number
  readonly say: (line: string) => void
}

export interface Befallen {
  readonly kills: number
  readonly restarts: number
}

/** How long what was killed stays away at most. */
const AWAY_MS = 1_500

/**
 * Kills every service in turn and restarts every engine, in an order of chance, round after round: at least one whole round,
 * and no more once the signal aborts. Engines are killed or told to stop, as chance has it.
 */
export const befall = async (deps: FaultsDeps, signal: AbortSignal): Promise<Befallen> => {
  const { system, engines, everyMs, rounds, seed, say } = deps
  const chance = createChance(`${seed}`)
  const befallen = { kills: 0, restarts: 0 }

  const service = (replica: string) => async (at: string) => {
    await system.end(replica, 'SIGKILL')
    await sleep(AWAY_MS * chance('away', at))
    system.start(replica)
    befallen.kills += 1
    say(`${replica} was killed and started again`)
  }
  const engine = (one: Engine) => async (at: string) => {
    const way = chance('way', at) < 0.5 ? 'kill' : 'stop'
    await one[way]()
    await sleep(AWAY_MS * chance('away', at))
    await one.start()
    befallen.restarts += 1
    say(`${one.name} was ${way === 'kill' ? 'killed' : 'stopped'} and started again`)
  }
  const faults = [
    ...system.all.map((replica) => ({ name: replica, fault: service(replica) })),
    ...engines.map((one) => ({ name: one.name, fault: engine(one) })),
  ]
  for (let round = 0; round < rounds && (round === 0 || !signal.aborted); round++) {
    const order = faults.toSorted((a, b) => chance(`${round}`, a.name) - chance(`${round}`, b.name))
    for (const { name, fault } of order) {
      if (round > 0 && signal.aborted) break
      await fault(`${round} ${name}`)
      await sleep(everyMs, round > 0 ? signal : undefined)
    }
  }
  return befallen
}
