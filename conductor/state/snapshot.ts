import { RunBook } from '../../shared/contracts/run-book.ts'
import { PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { Awaited, BatchRegisters, ContentState, Essay, Snapshot } from './port.ts'
import type { Registration } from './registration.ts'
import { namedOf, tallyOf } from './signature.ts'

/** What a store read of a batch, whichever store it is. */
export interface Read {
  readonly batchId: BatchId
  readonly revision: string
  readonly factsRevision: string
  readonly registration: Registration | null
  readonly tally: Iterable<readonly [signature: string, count: number]>
  readonly named: Iterable<readonly [signature: string, ids: readonly string[]]>
  readonly essays: readonly Essay[]
  /** JSON; null when there is none or it was not asked for. */
  readonly book: string | null
  readonly reached: boolean
  readonly archived: string | null
  readonly registers: BatchRegisters
}

/** The snapshot that follows from what was read. */
export const snapshotOf = (read: Read): Snapshot => ({
  ...read,
  content: contentState(read.registers.batch, read.registration),
  tally: tallyOf(read.tally),
  named: namedOf(read.named),
  book: read.book === null ? null : RunBook.parse(JSON.parse(read.book)),
})

/**
 * Provisioned texts make a batch ready that no class has to confirm; `BatchEssaysReady` makes any batch ready. As
 * everywhere success outranks failure (invariant 5): a batch whose content came after all is ready.
 */
const contentState = (registers: BatchRegisters['batch'], registration: Registration | null): ContentState => {
  const isGuest = registration !== null && registration.classId === null
  if (registers['content:ready'] || (isGuest && registers['content:provisioned'])) return 'ready'
  return registers['content:failed'] ? 'failed' : 'pending'
}

/** Whether a record is applied: its batch says so, or all of its partition up to it is (dead letters included). */
export const isReached = ({ offset }: Awaited, lastOfBatch: number | null, marker: number | null): boolean =>
  (lastOfBatch !== null && lastOfBatch >= offset) || (marker !== null && marker > offset)

/** What a read is refused with while the bucket does not have everything: nobody is shown half the facts (invariant 13). */
export const incomplete = (): PassingError => new PassingError('catching_up', 'the bucket is catching up')
