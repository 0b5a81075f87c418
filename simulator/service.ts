import { ConfigError } from '../shared/config.ts'
import { asError } from '../shared/errors.ts'
import type { EventLog, Subscription } from '../shared/log/port.ts'
import { createProcessor } from '../shared/log/processor.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { sleep } from '../shared/retry.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import type { Answer } from './answer.ts'
import { type Chance, createChance } from './chance.ts'
import type { SimulatorSettings } from './config.ts'
import { matchingOf } from './content/matching.ts'
import { registrationOf, uploadOf } from './content/registration.ts'
import type { UploadedFile, UploadStore } from './content/uploads.ts'
import { createFaults } from './faults.ts'
import { createPlayer, type PlayerDeps } from './player.ts'
import type { Script } from './script.ts'
import { specialistsOf } from './specialists/index.ts'
import { createWorkshop } from './work.ts'

/** The consumer group in which simulators share the work. */
export const SIMULATOR_GROUP = 'baton-simulator'

export interface SimulatorDeps extends Partial<Pick<PlayerDeps, 'clock' | 'sleep'>> {
  readonly config: SimulatorSettings
  readonly catalog: Catalog
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'processor' | 'lag'>
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
  const paused = pausedOf(answers, config)
  const answerTo = new Map<string, Answer>(answers.map((answer) => [answer.topic, answer]))
  const withFaults = createFaults(config, chance)
  const perform = createPlayer({ log, clock: deps.clock ?? Date.now, sleep: deps.sleep ?? sleep })
  let subscription: Subscription | undefined

  const play = async (script: Script, signal: AbortSignal): Promise<void> => {
    if (paused.has(script.stage)) await aborted(signal)
    await perform(withFaults(script), signal)
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
      const played = await Promise.allSettled(items.map(({ value }) => play(value, signal)))
      for (const result of played) if (result.status === 'rejected') throw asError(result.reason)
    },
    log,
    logger,
    metrics: metrics.processor,
  })

  return {
    /** Starts to answer; the topics must exist. */
    async start(): Promise<void> {
      subscription = await log.consume({ group: SIMULATOR_GROUP, topics: [...answerTo.keys()] }, processor)
      metrics.lag(SIMULATOR_GROUP, subscription.lag)
    },
    /** Stops in the middle of a sentence: whoever starts next says all of it, with the same words. */
    async stop(): Promise<void> {
      await subscription?.stop()
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

const pausedOf = (answers: readonly Answer[], { SIMULATOR_PAUSED }: SimulatorSettings): ReadonlySet<string> => {
  const stages = new Set(answers.map(({ stage }) => stage))
  const unknown = SIMULATOR_PAUSED.filter((name) => !stages.has(name))
  if (unknown.length > 0)
    throw new ConfigError(`SIMULATOR_PAUSED: ${unknown.join(', ')}: must be some of ${[...stages].join(', ')}`)
  return new Set(SIMULATOR_PAUSED)
}

/** Rejects when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(asError(signal.reason))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
