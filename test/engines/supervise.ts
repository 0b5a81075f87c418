import type { Engine } from './engine.ts'
import { endGroup, signalExitCode, startGroup } from './process.ts'

const COMMAND_PATIENCE_MS = 10_000

export interface SuperviseOptions {
  readonly engines: readonly Engine[]
  /** Runs while the engines do; resolves with the exit code. Told by the signal when it must end. */
  readonly work: (stop: AbortSignal) => Promise<number>
  /** Resolves when somebody asks us to end (Ctrl-C, SIGTERM); never, otherwise. */
  readonly signalled: Promise<NodeJS.Signals>
}

/**
 * Starts the engines, does the work, and ends every engine whatever happened: the work ended or failed, an engine did not
 * start, or a signal came (then 128 + its number, as a shell says it). Resolves with the exit code.
 */
export const supervise = async ({ engines, work, signalled }: SuperviseOptions): Promise<number> => {
  const stop = new AbortController()
  let working: Promise<number> | undefined
  const started = Promise.all(engines.map((engine) => engine.start()))
  const workDone = started.then(() => {
    working = work(stop.signal)
    return working
  })
  try {
    return await Promise.race([workDone, signalled.then(signalExitCode)])
  } finally {
    stop.abort()
    await Promise.allSettled([working]) // it may still need the engines to end well
    await Promise.allSettled(engines.map((engine) => engine.dispose()))
    await Promise.allSettled([workDone])
  }
}

/** A command as work: its exit code; when it is stopped it and all it started end first politely, then for sure. */
export const commandWork =
  (command: readonly string[], env: Readonly<Record<string, string | undefined>>) =>
  async (stop: AbortSignal): Promise<number> => {
    if (stop.aborted) return signalExitCode('SIGTERM')
    const group = startGroup(command, { output: 'inherit', env })
    const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([group.exited, stopped])
    await endGroup(group, COMMAND_PATIENCE_MS)
    return group.exited
  }
