import { type Received, receive } from '../../shared/contracts/receive.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { traceparentOf } from '../../shared/contracts/traced.ts'
import type { CorrelationContext } from '../../shared/http/ports.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { EventLog, Subscription } from '../../shared/log/port.ts'
import { createProcessor, type ProcessorMetrics } from '../../shared/log/processor.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Transitioned } from '../runs/port.ts'
import type { Settle } from '../settle.ts'
import { associationsConfirmed } from './associations-confirmed.ts'
import { contentProvisioned } from './content-provisioned.ts'
import { essaysReady } from './essays-ready.ts'
import type { HandlerDeps } from './handler.ts'
import { phaseOutcome } from './phase-outcome.ts'
import { pipelineRequest } from './pipeline-request.ts'
import { validationErrors } from './validation-errors.ts'

export const CONSUMED_TOPICS = [
  TOPICS.pipelineRequest,
  TOPICS.contentProvisioned,
  TOPICS.essaysReady,
  TOPICS.validationErrors,
  TOPICS.associationsConfirmed,
  TOPICS.phaseOutcome,
] as const

/** Each event's transition; the comparison of `topic` tells the compiler what the data is. */
const transition = (received: Received, batchId: BatchId, deps: HandlerDeps): Promise<Transitioned> => {
  switch (received.topic) {
    case TOPICS.pipelineRequest:
      return pipelineRequest(received, batchId, deps)
    case TOPICS.contentProvisioned:
      return contentProvisioned(received, batchId, deps)
    case TOPICS.essaysReady:
      return essaysReady(received, batchId, deps)
    case TOPICS.validationErrors:
      return validationErrors(received, batchId, deps)
    case TOPICS.associationsConfirmed:
      return associationsConfirmed(received, batchId, deps)
    case TOPICS.phaseOutcome:
      return phaseOutcome(received, batchId, deps)
    default:
      return Promise.reject(new Error(`${received.topic} is not consumed here`))
  }
}

export interface ConsumerDeps extends HandlerDeps {
  readonly log: EventLog
  readonly settle: Settle
  readonly logger: Logger
  readonly processorMetrics: ProcessorMetrics
  readonly context: Pick<CorrelationContext, 'run' | 'tracer'>
  readonly group: string
}

/**
 * Consumes what moves batches on. The events of one batch are taken in order, batches do not wait for each other: planning
 * one asks the conductor over HTTP.
 */
export const consumeRuns = (deps: ConsumerDeps): Promise<Subscription> => {
  const { log, settle, logger, processorMetrics, context, group } = deps

  const takeIn = (received: Received, batchId: BatchId): Promise<void> =>
    context.run(
      received.envelope.correlation_id,
      async () => {
        const transitioned = await transition(received, batchId, deps)
        logger.debug({ batch_id: batchId, topic: received.topic, reply: transitioned.reply }, 'event taken in')
        await settle(batchId, transitioned)
      },
      traceparentOf(received),
    )

  const processor = createProcessor<Received>({
    service: SENDERS.orchestrator,
    decode: receive,
    async handle(items) {
      const byBatch = Map.groupBy(
        items.map(({ value }) => value),
        ({ batchId }) => batchId,
      )
      // All of them come to an end before the fetch does: nothing of it is still under way when it is tried again.
      const ended = await Promise.allSettled(
        [...byBatch].map(async ([batchId, all]) => {
          // An event that names no batch is nobody's: there is nothing to move on.
          if (batchId === null) return
          for (const received of all) await takeIn(received, batchId)
        }),
      )
      for (const one of ended) if (one.status === 'rejected') throw one.reason
    },
    log,
    logger,
    metrics: processorMetrics,
    tracer: context.tracer,
  })
  return log.consume({ group, topics: CONSUMED_TOPICS }, processor)
}
