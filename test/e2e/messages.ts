import { type Received, receive } from '../../shared/contracts/receive.ts'
import type { Topic } from '../../shared/contracts/topics.ts'
import type { EventLog } from '../../shared/log/port.ts'
import { until } from '../support/until.ts'

/** Everything that lies on these topics now, read as any consumer reads it, within so many milliseconds. */
export const messagesOn = async (
  log: EventLog,
  topics: readonly Topic[],
  timeoutMs = 20_000,
): Promise<readonly Received[]> => {
  const messages: Received[] = []
  const reading = await log.consume({ group: `test-${crypto.randomUUID()}`, topics }, async (records) => {
    messages.push(...records.map(receive))
  })
  await until(() => reading.ready() && reading.lag().length > 0 && reading.lag().every(({ lag }) => lag === 0), {
    timeoutMs,
    what: 'all messages to be read',
  })
  await reading.stop()
  return messages
}

/** Batch and topic -> the different event ids; the same event twice counts once, as it does for its readers. */
export const identities = (messages: readonly Received[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const ids = new Map<string, Set<string>>()
  for (const { batchId, topic, envelope } of messages) {
    const place = `${batchId} ${topic}`
    ids.set(place, (ids.get(place) ?? new Set()).add(envelope.event_id))
  }
  return ids
}
