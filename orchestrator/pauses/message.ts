import { receiveAs } from '../../shared/contracts/receive.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { asError } from '../../shared/errors.ts'
import type { Decider } from '../../shared/http/audit.ts'
import { batchId, derivedId, eventId } from '../../shared/ids.ts'
import type { LogRecord, OutgoingMessage } from '../../shared/log/port.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Pause } from '../runs/model/pause.ts'

/** A pause as the log keeps it, keyed by the phase. */
export const pauseMessage = (
  pause: Omit<Pause, 'offset'>,
  { correlationId }: Pick<Decider, 'correlationId'>,
): OutgoingMessage => {
  const { phase, paused, changed_by, user_id, changed_at } = pause
  return {
    ...messageOf({
      topic: TOPICS.phasePauseChanged,
      batchId: batchId(''),
      eventId: eventId(derivedId('phase_pause', correlationId, phase, String(paused))),
      correlationId,
      source: SENDERS.orchestrator,
      at: changed_at,
      data: { phase_name: phase, paused, changed_by, user_id, changed_at },
    }),
    key: phase,
  }
}

/** Undefined for a record that is no pause; that is written to the log. */
export const pauseOf = (record: LogRecord, logger: Logger): Pause | undefined => {
  const { topic, partition, offset } = record
  try {
    const { phase_name, ...rest } = receiveAs(TOPICS.phasePauseChanged, record).envelope.data
    return { phase: phase_name, ...rest, offset }
  } catch (thrown) {
    logger.error({ topic, partition, offset, err: asError(thrown).message }, 'not a pause of a phase')
    return undefined
  }
}
