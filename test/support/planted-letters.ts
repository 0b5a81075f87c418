import { join } from 'node:path'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { BatchId } from '../../shared/ids.ts'
import { deadLetterOf } from '../../shared/log/dead-letter.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { registered } from '../conductor/messages.ts'
import { delivered } from './delivered.ts'
import { silent } from './silent.ts'

/**
 * Fills the embedded log in this folder, before anything is started on it: with a message that is not JSON, and with one dead
 * letter for each of these batches, whose registration was good and whose handler is said to have failed.
 */
export const plantLetters = async (dataDir: string, batches: readonly BatchId[]): Promise<void> => {
  const log = createEmbeddedLog({ path: join(dataDir, 'log.sqlite'), logger: silent })
  const topics = Object.values(TOPICS)
  await log.ensureTopics(topicSpecs({ topics, partitions: 6, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
  const letters = batches.map((id, n) => {
    const record = delivered(registered(id, ['e1']), { timestamp: Date.now(), offset: 7 + n })
    return deadLetterOf({ record, reason: 'handler_failed', error: 'a bug', service: 'test', at: Date.now() })
  })
  await log.publish([
    { topic: TOPICS.phaseOutcome, key: batches[0] ?? null, value: 'no json', headers: {} },
    ...letters,
  ])
  await log.close()
}
