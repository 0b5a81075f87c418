import type { System } from '../e2e/system.ts'
import { startLoad } from './teacher.ts'

/**
 * Restarts every service in turn while requests go on: first from `next`, the files of the next version, so that both stand
 * side by side, then back. Throws when a service did not stop properly or an accepted request did not end.
 */
export const rollingRestart = async (system: System, next: string, say: (line: string) => void): Promise<string> => {
  const load = startLoad(system)
  for (const [version, root] of [
    ['the next version', next],
    ['this version', undefined],
  ] as const) {
    for (const replica of system.replicas) {
      const code = await system.end(replica, 'SIGTERM')
      if (code !== 0) throw new Error(`${replica} stopped with ${code}`)
      system.start(replica, root)
      await system.allReady()
      say(`${replica}: is ${version}`)
    }
  }
  const { accepted, repeats } = await load.end()
  return `Every service restarted in turn, two of each, under load, to the next version (one field more in the run book and in the event of a run's end, two scripts that write more) and back: ${accepted} of ${accepted} accepted requests ended, ${repeats} calls were repeated by their clients.`
}
