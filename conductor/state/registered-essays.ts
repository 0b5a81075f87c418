import type { BatchId, EssayId } from '../../shared/ids.ts'
import type { BatchStore } from './port.ts'

const PAGE = 1_000

/** All registered essays of a batch, in order, as they stand at one revision; undefined for a batch that is not registered. */
export const registeredEssays = async (
  store: Pick<BatchStore, 'read' | 'essays'>,
  batchId: BatchId,
): Promise<readonly EssayId[] | undefined> => {
  for (;;) {
    const { registration, factsRevision } = await store.read(batchId, {})
    if (registration === null) return undefined
    const found: EssayId[] = []
    for (let first: number | null = 0; first !== null; ) {
      const page = await store.essays(batchId, { factsRevision, first, count: PAGE })
      if (page.moved) break
      found.push(...page.essays.map(({ essayId }) => essayId))
      first = page.next
      if (first === null) return found
    }
  }
}
