import { asError } from '../shared/errors.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { EventLog, Position, Subscription } from '../shared/log/port.ts'
import { createProcessor } from '../shared/log/processor.ts'
import { createLoop } from '../shared/loop.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { sleep } from '../shared/retry.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import type { Answer } from './answer.ts'
import { createSimulatorApp } from './app.ts'
import { type Chance, createChance } from './chance.ts'
import type { SimulatorSettings } from './config.ts'
import { matchingOf } from './content/matching.ts'
import { registrationOf, uploadOf } from './content/registration.ts'
import type { UploadedFile, UploadStore } from './content/uploads.ts'
import { createFaults } from './faults.ts'
import { createLate } from './late.ts'
import { createPauses } from './pauses.ts'
import { createPlayer, type PlayerDeps } from './player.ts'
import type { Cue, Script } from './script.ts'
import { specialistsOf } from './specialists/index.ts'
import { createWorkshop } from './work.ts'

/** Milliseconds between two commits: what was said since the last one is said again after a crash, with the same words. */
const COMMIT_EVERY_MS = 500

/** The consumer group in which simulators share the work. */
export const SIMULATOR_GROUP = 'baton-simulator'

export interface SimulatorDeps extends Partial<Pick<PlayerDeps, 'clock' | 'sleep'>> {
  readonly config: SimulatorSettings
  readonly version: string
  readonly environment: string
  /** A request that takes longer is logged as a warning, milliseconds. */
  readonly slowMs: number
  readonly context: AppDeps['context']
  /** Keys of whoever may pause; undefined: anybody who reaches the port. */
  readonly internalKeys: readonly string[] | undefined
  readonly catalog: Catalog
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'processor' | 'lag' | 'http' | 'exposition'>
  /** Where uploads come to, what was uploaded; left out, every text is made up. */
  readonly uploads?: UploadStore
}

/**
 * Stands in for the file service, the essay lifecycle service and the specialists. But for uploads it keeps no state: what it
 * says is a pure function of the seed and of the record that it answers, and a record counts as handled only once everything that
 * it caused is in the log. Throws a CatalogError for a phase that nobody can play, a ConfigError for a pause of nothing.
 */
export const createSimulator = (deps: SimulatorDeps) => {
  const { config, catalog, log, logger, metrics, uploads } = deps
  const chance = createChance(config.SIMULATOR_SEED)
  const answers = answersOf(catalog, config, chance, uploads)
  const pauses = createPauses(
    answers.map(({ stage }) => stage),
    config.SIMULATOR_PAUSED,
  )
  const answerTo = new Map<string, Answer>(answers.map((answer) => [answer.topic, answer]))
  const withFaults = createFaults(config, chance)
  const waiting = deps.sleep ?? sleep
  const perform = createPlayer({ log, clock: deps.clock ?? Date.now, sleep: waiting })
  const late = createLate({ perform, sleep: waiting, logger })
  let subscription: Subscription | undefined

  /** Resolves when all is said but for what is late: the partition goes on meanwhile. */
  const play = async (answered: Position, script: Script, signal: AbortSignal): Promise<void> => {
    await pauses.opened(script.stage, signal)
    const later: Cue[] = []
    const onTime = function* (): Iterable<Cue> {
      for (const cue of withFaults(script)) {
        if (cue.isLate) later.push(cue)
        else yield cue
      }
    }
    await perform(onTime(), signal)
    if (later.length > 0) late.schedule(answered, later)
  }

  const processor = createProcessor<Script>({
    service: SIMULATOR_GROUP,
    decode(record) {
      const answer = answerTo.get(record.topic)
      if (!answer) throw new Error(`nobody answers the topic ${record.topic}`)
      return answer.read(record)
    },
    /** Batches do not wait for each other, but the fetch waits for all, so that a second try does not meet the first. */
    async handle(items, { signal }) {
      const played = await Promise.allSettled(items.map(({ record, value }) => play(record, value, signal)))
      for (const result of played) if (result.status === 'rejected') throw asError(result.reason)
    },
    log,
    logger,
    metrics: metrics.processor,
  })

  const commit = async (): Promise<void> => {
    if (subscription) await late.commit(subscription)
  }
  const commits = createLoop({
    work: () => commit().catch((thrown) => logger.warn({ err: asError(thrown).message }, 'offsets not committed')),
    pauseMs: () => COMMIT_EVERY_MS,
  })
  const app = createSimulatorApp({
    ...{ logger, context: deps.context, metrics: metrics.http, clock: Date.now, pauses, late: late.count },
    slowMs: deps.slowMs,
    maxBodyBytes: 1_000,
    internalKeys: deps.internalKeys,
    health: {
      version: deps.version,
      environment: deps.environment,
      checks: [
        { name: 'log', check: () => log.ping().then(() => undefined) },
        {
          name: 'consumer',
          async check() {
            if (!subscription?.ready()) throw new Error('the consumer has not joined its group')
            return undefined
          },
        },
      ],
      exposition: metrics.exposition,
    },
  })

  return {
    app,
    /** Starts to answer; the topics must exist. */
    async start(): Promise<void> {
      const topics = [...answerTo.keys()]
      subscription = await log.consume({ group: SIMULATOR_GROUP, topics, commit: 'asked' }, processor)
      metrics.lag(SIMULATOR_GROUP, subscription.lag)
      await commits.start()
    },
    /** Stops in the middle of a sentence: whoever starts next says all of it, with the same words. */
    async stop(): Promise<void> {
      await commits.stop()
      await subscription?.stop(() => commit().catch(() => {}))
      await late.stop()
    },
    /** A file is stored: resolves when the log has acknowledged that it is its essay's text. */
    async uploaded(file: UploadedFile): Promise<void> {
      if (!uploads) return
      uploads.add(file)
      const record = uploads.registrationOf(file.batchId)
      const now = (deps.clock ?? Date.now)()
      const message = record && uploadOf(contentDeps(config, chance, uploads), record, file, now)
      if (message) await log.publish([message])
    },
    /** True once records are being answered. */
    ready: (): boolean => subscription?.ready() ?? false,
  }
}

const contentDeps = (config: SimulatorSettings, chance: Chance, uploads: UploadStore | undefined) => ({
  workThrough: createWorkshop(config, chance),
  failureRate: config.SIMULATOR_CONTENT_FAILURE_RATE,
  uploads,
})

/** Everything that is answered. */
export const answersOf = (
  catalog: Catalog,
  config: SimulatorSettings,
  chance: Chance,
  uploads?: UploadStore,
): readonly Answer[] => {
  const workThrough = createWorkshop(config, chance)
  return [
    registrationOf(contentDeps(config, chance, uploads)),
    matchingOf({ workThrough }),
    ...specialistsOf(catalog, { workThrough, failureRate: config.SIMULATOR_FAILURE_RATE }),
  ]
}
