import { closeSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/until.ts'
import { endGroup, type ProcessGroup, startGroup } from './process.ts'

/** One real server of the tests, on this machine. Ports and data stay the same over stop, kill and start. */
export interface Engine {
  readonly name: string
  /** What clients are told: `host:port` for Kafka, `redis://host:port` for Redis. */
  readonly address: string
  /** Resolves when the engine does its work; rejects in bounded time, with the engine's last log lines. */
  start(): Promise<void>
  /** SIGTERM, as an operator would; resolves when it has ended. */
  stop(): Promise<void>
  /** `kill -9`, as a crash would; resolves when it is gone. */
  kill(): Promise<void>
  /** Stops it in its tracks, as a machine that hangs: connections stay open. Resolves once nothing of it runs any more. */
  freeze(): Promise<void>
  thaw(): void
  /** Stops it and removes its data. */
  dispose(): Promise<void>
}

export interface EngineSpec {
  readonly name: string
  readonly address: string
  readonly command: readonly string[]
  /** Holds data and log; belongs to the engine and goes with it. */
  readonly folder: string
  /** Rejects as long as the engine does not do its work. */
  ready(): Promise<unknown>
  readonly readyTimeoutMs: number
}

const STOP_PATIENCE_MS = 20_000
const LOG_LINES = 15

/** An engine that is not started yet. */
export const createEngine = (spec: EngineSpec): Engine => {
  const logFile = join(spec.folder, `${spec.name}.log`)
  let group: ProcessGroup | undefined

  const lastLogLines = async () => {
    const log = await Bun.file(logFile).text()
    return log.trimEnd().split('\n').slice(-LOG_LINES).join('\n')
  }

  const failedStart = async (reason: string, cause?: unknown) =>
    new Error(`${spec.name} at ${spec.address} ${reason}; its last log lines:\n${await lastLogLines()}`, { cause })

  const end = async (patienceMs: number) => {
    if (!group) return
    await endGroup(group, patienceMs)
    group = undefined
  }

  return {
    name: spec.name,
    address: spec.address,

    start: async () => {
      if (group && group.exitCode() === undefined) throw new Error(`${spec.name} at ${spec.address} runs already`)
      const log = openSync(logFile, 'a')
      const started = startGroup(spec.command, { output: log, cwd: spec.folder })
      closeSync(log)
      group = started
      const outcome = await until(async () => started.exitCode() ?? spec.ready().then(() => 'ready' as const), {
        timeoutMs: spec.readyTimeoutMs,
        what: `${spec.name} at ${spec.address} to answer`,
      }).catch(async (error: unknown) => {
        await end(0)
        throw await failedStart(`did not answer within ${spec.readyTimeoutMs} ms`, error)
      })
      if (outcome !== 'ready') throw await failedStart(`ended with exit code ${started.exitCode()}`)
    },

    stop: () => end(STOP_PATIENCE_MS),

    kill: async () => {
      group?.signal('SIGKILL')
      await end(0)
    },

    freeze: async () => {
      group?.signal('SIGSTOP')
      await until(() => group?.stands() !== false, {
        timeoutMs: 10_000,
        what: `${spec.name} to stand still`,
        intervalMs: 1,
      })
    },
    thaw: () => group?.signal('SIGCONT'),

    dispose: async () => {
      await end(STOP_PATIENCE_MS)
      await rm(spec.folder, { recursive: true, force: true })
    },
  }
}
