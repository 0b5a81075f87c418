import { TOPICS } from '../../shared/contracts/topics.ts'
import { runBook } from '../state/facts.ts'
import type { Projection } from './projection.ts'

/** The orchestrator's book of a batch's runs and requests, so that one read gives facts and runs together. */
export const runChanged: Projection<typeof TOPICS.runChanged> = {
  topic: TOPICS.runChanged,
  project: (received) => [runBook(received.envelope.data)],
}
