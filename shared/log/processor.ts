import { asError, MalformedError, PassingError, type PassingSource } from '../errors.ts'
import { backoff, sleep } from '../retry.ts'
import type { Logger } from '../telemetry/logger-port.ts'
import type { Tracer } from '../telemetry/trace.ts'
import { type DeadLetterReason, deadLetterOf } from './dead-letter.ts'
import type { EventLog, FetchContext, FetchHandler, LogRecord } from './port.ts'
import { createWitness } from './witness.ts'

/** A record that could be read. */
export interface Item<Value> {
  readonly record: LogRecord
  readonly value: Value
}

export interface ProcessorMetrics {
  deadLettered(topic: string, reason: DeadLetterReason): void
  /** A partition is held by a passing failure; called at each try. */
  held(topic: string, source: PassingSource): void
}

export interface ProcessorOptions<Value> {
  /** `source_service` of dead letters. */
  readonly service: string
  /** Reads one record. A MalformedError makes it a dead letter. */
  readonly decode: (record: LogRecord) => Value
  /** Applies all good records of a fetch together. Must be safe to be called again with some or all of them. */
  readonly handle: (items: readonly Item<Value>[], context: FetchContext) => Promise<void>
  readonly log: Pick<EventLog, 'publish'>
  readonly logger: Logger
  readonly metrics: ProcessorMetrics
  /** Records a span for each record; default none. */
  readonly tracer?: Tracer | undefined
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number
  /** How often a record that fails for no known reason is tried before it becomes a dead letter; default 3. */
  readonly tries?: number
  /** Default: 50 ms doubling to 5 s. */
  readonly pause?: { readonly baseMs: number; readonly capMs: number }
}

/**
 * The three kinds of failure, decided by type (invariant 7). Malformed: a dead letter at once. Passing: the partition is
 * held and tried again for as long as it lasts. Anything else: the records of the fetch are tried one by one, so that only
 * the guilty one becomes a dead letter. Resolves when everything is applied or is a durable dead letter.
 */
export const createProcessor = <Value>(options: ProcessorOptions<Value>): FetchHandler => {
  const { service, decode, handle, log, logger, metrics, clock = Date.now, tries = 3 } = options
  const pause = options.pause ?? { baseMs: 50, capMs: 5_000 }
  const witness = createWitness({ logger, clock, ...(options.tracer ? { tracer: options.tracer } : {}) })

  /** Does the work until no passing failure stands in the way; rejects when the partition is taken away meanwhile. */
  const held = async <Result>(topic: string, context: FetchContext, work: () => Promise<Result>): Promise<Result> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (thrown) {
        if (!(thrown instanceof PassingError) || context.signal.aborted) throw thrown
        metrics.held(topic, thrown.source)
        logger.warn({ topic, attempt, waiting_for: thrown.source, err: thrown.message }, 'partition held')
        await sleep(backoff(attempt, pause), context.signal)
        if (context.signal.aborted) throw thrown
        await context.heartbeat()
      }
    }
  }

  const bury = (record: LogRecord, reason: DeadLetterReason, error: Error, context: FetchContext): Promise<void> =>
    held(record.topic, context, async () => {
      await log.publish([deadLetterOf({ record, reason, error: error.message, service, at: clock() })])
      metrics.deadLettered(record.topic, reason)
      const { topic, partition, offset } = record
      logger.error({ topic, partition, offset, reason, err: error.message }, 'dead letter')
      witness(record, { outcome: 'dead_letter', reason, startedAt: clock() })
    })

  const handleAlone = async (item: Item<Value>, context: FetchContext): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const startedAt = clock()
      try {
        await held(item.record.topic, context, () => handle([item], context))
        return witness(item.record, { outcome: 'applied', startedAt, attempt })
      } catch (thrown) {
        if (context.signal.aborted) throw thrown
        if (thrown instanceof MalformedError) return bury(item.record, thrown.reason, thrown, context)
        if (attempt >= tries) return bury(item.record, 'handler_failed', asError(thrown), context)
        await sleep(backoff(attempt, pause), context.signal)
      }
    }
  }

  return async function processFetch(records, context) {
    const good: Item<Value>[] = []
    const buried: Promise<void>[] = []
    for (const record of records) {
      try {
        good.push({ record, value: decode(record) })
      } catch (thrown) {
        const reason = thrown instanceof MalformedError ? thrown.reason : 'handler_failed'
        buried.push(bury(record, reason, asError(thrown), context))
      }
    }
    // Together: what is published at the same time is sent together.
    await Promise.all(buried)
    const [first] = good
    if (!first) return
    const startedAt = clock()
    try {
      await held(first.record.topic, context, () => handle(good, context))
      for (const { record } of good) witness(record, { outcome: 'applied', startedAt, together: good.length })
    } catch (thrown) {
      if (context.signal.aborted) throw thrown
      for (const item of good) await handleAlone(item, context)
    }
  }
}
