import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

/** A program of ours as a process of its own. */
export interface Program {
  readonly pid: number
  /** All that it has written so far, both streams. */
  output(): string
  /** Sends the signal and resolves with the exit code (null after a signal that it did not handle). */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  readonly exited: Promise<number>
}

/** Starts `bun <file>` with this environment and nothing else of ours. */
export const startProgram = (file: string, env: Readonly<Record<string, string>>, tree = root): Program =>
  startCommand([process.execPath, join(tree, file)], tree, env)

/** Starts any command; its environment is this one and PATH. */
export const startCommand = (
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Program => {
  const child = Bun.spawn([...command], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let written = ''
  const keep = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) written += decoder.decode(chunk, { stream: true })
  }
  const streams = Promise.all([keep(child.stdout), keep(child.stderr)])
  return {
    pid: child.pid,
    output: () => written,
    async end(signal) {
      child.kill(signal)
      await child.exited
      await streams
      return child.exitCode
    },
    exited: child.exited,
  }
}

/** Starts and restarts programs, and ends all that are left, by their own handles. */
export const createProgramPool = () => {
  const running = new Set<Program>()
  return {
    start(file: string, env: Readonly<Record<string, string>>, tree?: string): Program {
      const program = startProgram(file, env, tree)
      running.add(program)
      void program.exited.then(() => running.delete(program))
      return program
    },
    async endAll(): Promise<void> {
      await Promise.all([...running].map((program) => program.end('SIGKILL')))
    },
  }
}
export type ProgramPool = ReturnType<typeof createProgramPool>
