import { sleep } from '../../../shared/retry.ts'
import type { System } from '../../e2e/system.ts'
import type { Engine } from '../../engines/engine.ts'

export interface DeathsDeps {
  readonly system: Pick<System, 'numbers' | 'gatewayUrls' | 'start' | 'end'>
  readonly proxy: Engine
  /** From one death to the next. */
  readonly everyMs: number
  readonly say: (line: string) => void
}

/** So many deaths there are at least, of each. */
const ROUNDS = 1

const LOOK_MS = 100

/** What stands behind the gateways may be busy; that ends no run of this command. */
const allUp = async (urls: readonly string[], signal: AbortSignal): Promise<void> => {
  const isUp = async (url: string) => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok ?? false
  while (!(await Promise.all(urls.map(isUp))).every(Boolean) && !signal.aborted) await sleep(LOOK_MS, signal)
}

/**
 * Kills each gateway and then the proxy, in turn, and starts it again at once; at least once each, then until the signal.
 * Whoever was killed before is back first: with no gateway at all nothing could be seen.
 */
export const killInTurn = async (deps: DeathsDeps, signal: AbortSignal): Promise<Readonly<Record<string, number>>> => {
  const { system, proxy, everyMs, say } = deps
  const deaths: Record<string, number> = {}
  const gateways = system.numbers.map((n) => ({
    name: `gateway-${n}`,
    async kill() {
      await system.end(`gateway-${n}`, 'SIGKILL')
      system.start(`gateway-${n}`)
    },
  }))
  const nginx = {
    name: proxy.name,
    async kill() {
      await proxy.kill()
      await proxy.start()
    },
  }
  for (let round = 0; round < ROUNDS || !signal.aborted; round++)
    for (const { name, kill } of [...gateways, nginx]) {
      if (round >= ROUNDS && signal.aborted) break
      await allUp(system.gatewayUrls, signal)
      await kill()
      deaths[name] = (deaths[name] ?? 0) + 1
      say(`${name} was killed and started again`)
      await sleep(everyMs, round >= ROUNDS ? signal : undefined)
    }
  return deaths
}
