import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

// Linux ends a child together with its parent when asked to: the only guard that also holds against `kill -9`.
const setpriv = Bun.which('setpriv')

export interface GroupOptions {
  /** Where the output goes: a file descriptor, or that of this process. */
  readonly output: number | 'inherit'
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A process and whatever it starts, signalled together. */
export interface ProcessGroup {
  /** Exit code as a shell would say it (128 + n after signal n); undefined while the process runs. */
  exitCode(): number | undefined
  readonly exited: Promise<number>
  /** Signals every process of the group; nothing happens when none is left. */
  signal(signal: NodeJS.Signals): void
  /** Whether each thread of its leader stands still after a SIGSTOP, which one of them takes and the others run on until then. */
  stands(): boolean
}

/** 128 + n, as a shell says it. */
export const signalExitCode = (signal: NodeJS.Signals | number): number =>
  128 + (typeof signal === 'number' ? signal : constants.signals[signal])

/**
 * Starts a command as the leader of a process group of its own, so that a Ctrl-C in the terminal reaches only us and we
 * decide in which order things stop. On Linux it dies with this process, however that ends.
 */
export const startGroup = (command: readonly string[], options: GroupOptions): ProcessGroup => {
  const guarded = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...command] : [...command]
  const child = Bun.spawn(guarded, {
    stdin: 'ignore',
    stdout: options.output,
    stderr: options.output,
    detached: true,
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const exitCode = () => child.exitCode ?? (child.signalCode === null ? undefined : signalExitCode(child.signalCode))
  return {
    exitCode,
    exited: child.exited.then((code) => exitCode() ?? code),
    signal: (signal) => {
      try {
        process.kill(-child.pid, signal)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
      }
    },
    stands: () => threadStates(child.pid).every((state) => state === 'T'),
  }
}

/** One letter for each thread, as Linux tells it; none where nothing is told, or of a process that has gone. */
const threadStates = (pid: number): readonly string[] => {
  const folder = `/proc/${pid}/task`
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((thread) => {
    try {
      // The name, which may hold blanks, ends with the last bracket.
      return /^.*\) (\S)/s.exec(readFileSync(join(folder, thread, 'stat'), 'utf8'))?.[1] ?? []
    } catch {
      return []
    }
  })
}

/** Asks a group to end, and after the given milliseconds no longer asks. Whatever is left of the group goes too. */
export const endGroup = async (group: ProcessGroup, patienceMs: number): Promise<void> => {
  if (group.exitCode() === undefined) group.signal('SIGTERM')
  const impatience = setTimeout(() => group.signal('SIGKILL'), patienceMs)
  await group.exited
  clearTimeout(impatience)
  group.signal('SIGKILL')
}
