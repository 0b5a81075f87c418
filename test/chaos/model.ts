import type { Received } from '../../shared/contracts/receive.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'

/** What the log says of one batch. */
export interface ModelBatch {
  /** Request's correlation id -> how its run ended, oldest first. */
  readonly ends: Map<string, string>
  /** Correlation ids of the requests that were denied. */
  readonly denied: Set<string>
  /** Phase -> the essays that succeeded in it. */
  readonly succeeded: Map<string, Set<string>>
  /** What may be said once for each run (a command, an end) -> the different event ids under which it was said. */
  readonly said: Map<string, Set<string>>
}

const COMMANDS = [TOPICS.spellcheckCommand, TOPICS.nlpCommand, TOPICS.aiFeedbackCommand] as const
/** What the model is folded from. */
export const MODEL_TOPICS = [
  ...COMMANDS,
  TOPICS.pipelineRequest,
  TOPICS.phaseOutcome,
  TOPICS.pipelineDenied,
  TOPICS.pipelineCompleted,
] as const

const entry = <Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value => {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** Folds the log, each topic in its order, into what must be true of every batch: nothing here knows how the services do it. */
export const foldLog = (messages: readonly Received[]): ReadonlyMap<string, ModelBatch> => {
  const batches = new Map<string, ModelBatch>()
  const make = () => ({ ends: new Map(), denied: new Set<string>(), succeeded: new Map(), said: new Map() })
  for (const message of messages) {
    if (message.batchId === null) continue
    const batch: ModelBatch = entry(batches, message.batchId, make)
    const { topic, envelope } = message
    const sayOnce = () =>
      entry(batch.said, `${topic} for ${envelope.correlation_id}`, () => new Set<string>()).add(envelope.event_id)
    if (topic === TOPICS.phaseOutcome) {
      const { phase_name, processed_essays } = envelope.data
      const succeeded = entry(batch.succeeded, phase_name, () => new Set<string>())
      for (const { essay_id } of processed_essays) succeeded.add(essay_id)
    } else if (topic === TOPICS.pipelineDenied) {
      batch.denied.add(envelope.correlation_id)
      sayOnce()
    } else {
      if (topic === TOPICS.pipelineCompleted) batch.ends.set(envelope.correlation_id, envelope.data.final_status)
      sayOnce()
    }
  }
  return batches
}
