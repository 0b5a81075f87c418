import { essaySucceeded } from '../conductor/state/facts.ts'
import type { BatchStore } from '../conductor/state/port.ts'
import { batchId, essayId } from '../shared/ids.ts'
import { changeOf, eventOf, origin } from '../test/conductor/state/support.ts'

const BATCHES = 20
const ESSAYS = Array.from({ length: 25 }, (_, n) => essayId(`essay-${n}`))

/**
 * Applies events to batches of its own, one call for each batch and all of them at a time, until it is told to stop: then
 * resolves with how many a second there were. What is kept does not grow.
 */
export const projecting = (store: Pick<BatchStore, 'apply'>): (() => Promise<number>) => {
  let going = true
  const work = async (): Promise<number> => {
    const started = performance.now()
    let events = 0
    for (let round = 1; going; round++) {
      const changes = Array.from({ length: BATCHES }, (_, n) =>
        changeOf(
          batchId(`projected-${n}`),
          ...ESSAYS.map((essay) => eventOf([essaySucceeded(essay, 'nlp', origin(round), null)], round)),
        ),
      )
      await store.apply(changes)
      events += BATCHES * ESSAYS.length
    }
    return events / ((performance.now() - started) / 1_000)
  }
  const working = work()
  return () => {
    going = false
    return working
  }
}
