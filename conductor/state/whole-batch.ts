import type { BatchId } from '../../shared/ids.ts'
import type { BatchStore, Essay, Snapshot } from './port.ts'

/** A batch with its run book and all its registered essays in order, as it stands at one revision of its facts. */
export interface WholeBatch {
  readonly snapshot: Snapshot
  readonly essays: readonly Essay[]
}

const PAGE = 1_000

/** Reads page by page, and from the start again when the facts move on meanwhile. */
export const wholeBatch = async (store: Pick<BatchStore, 'read' | 'essays'>, batchId: BatchId): Promise<WholeBatch> => {
  for (;;) {
    const snapshot = await store.read(batchId, { book: true })
    const essays: Essay[] = []
    for (let first: number | null = 0; first !== null; ) {
      const page = await store.essays(batchId, { factsRevision: snapshot.factsRevision, first, count: PAGE })
      if (page.moved) break
      essays.push(...page.essays)
      first = page.next
      if (first === null) return { snapshot, essays }
    }
  }
}
