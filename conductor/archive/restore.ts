import type { BatchId } from '../../shared/ids.ts'
import type { BatchChange, Fact } from '../state/facts.ts'
import type { BatchStore, Essay } from '../state/port.ts'
import type { WholeBatch } from '../state/whole-batch.ts'
import type { ArchiveStore } from './port.ts'

/**
 * Merges what the archive has of a batch into state that began anew after its expiry, or after a loss that the log could not
 * make good. Facts merge in any order (invariant 5), so what was heard meanwhile stands where it should: success outranks
 * failure, then the later time, then the event id. Gives whether there was anything to merge.
 */
export type RestoreBatch = (batchId: BatchId) => Promise<boolean>

/** Essays read of the archive at a time. */
const PAGE = 1_000

export const createRestoreBatch =
  (store: Pick<BatchStore, 'apply'>, archive: Pick<ArchiveStore, 'read' | 'essays'>): RestoreBatch =>
  async (batchId) => {
    const snapshot = await archive.read(batchId)
    if (!snapshot) return false
    const essays: Essay[] = []
    for (let isMore = true; isMore; isMore = essays.length % PAGE === 0) {
      const page = await archive.essays(batchId, essays.length, PAGE)
      if (page.length === 0) break
      essays.push(...page)
    }
    await store.apply([changeOf({ snapshot, essays })])
    return true
  }

/** No place of the log: it stands before every record. */
const NOWHERE = { partition: 'archive', offset: -1 }

/** All that was archived of a batch, as facts; from no record of the log. */
const changeOf = ({ snapshot, essays }: WholeBatch): BatchChange => {
  const { batchId, revision, registration, registers, book } = snapshot
  const batchWrites = Object.entries(registers.batch).map(([register, stamp]) => [register, stamp, ''] as const)
  const facts: Fact[] = [{ kind: 'archived', revision }]
  if (registration !== null && registers.registeredBy !== null)
    facts.push({
      kind: 'registration',
      stamp: registers.registeredBy,
      registration,
      essayIds: essays.map(({ essayId }) => essayId),
    })
  if (batchWrites.length > 0) facts.push({ kind: 'batch', writes: batchWrites })
  for (const essay of essays) {
    const writes = Object.entries(essay.registers).map(
      ([register, [stamp, value]]) => [register, stamp, value] as const,
    )
    if (writes.length > 0) facts.push({ kind: 'essay', essayId: essay.essayId, writes })
  }
  if (book !== null) facts.push({ kind: 'book', revision: book.revision, book })
  return { batchId, events: [{ ...NOWHERE, facts }] }
}
