import type { RunBook } from '../../../shared/contracts/run-book.ts'
import type { EssayId } from '../../../shared/ids.ts'
import type { EventFacts, Fact } from '../facts.ts'
import type { Applied, FactResult } from '../port.ts'
import type { BatchHead } from './head.ts'
import { EMPTY_RECORD, type EssayRecord, mergeStamp, mergeWrites, signatureOf } from './record.ts'

/** What the reducer reads of a batch; it changes nothing there. */
export interface BatchView {
  readonly head: BatchHead
  essay(id: EssayId): EssayRecord | undefined
  /** The registered essays, in order. */
  ids(): readonly EssayId[]
}

/** What a transition changes: rows to write, all of them or none. */
export interface Patch {
  readonly head: BatchHead
  readonly essays: ReadonlyMap<EssayId, EssayRecord>
  /** The registered essays from now on; undefined when they stay. */
  readonly ids: readonly EssayId[] | undefined
  /** The run book from now on; undefined when it stays. */
  readonly book: RunBook | undefined
  readonly applied: Omit<Applied, 'batchId'>
}

/**
 * The transition of `state/lua/apply.lua` as a pure function: what some events say of one batch, on top of what is
 * known. `now` is in microseconds since 1970. Property tests hold the two equal.
 */
export const applyEvents = (view: BatchView, events: readonly EventFacts[], now: number): Patch => {
  const draft = draftOf(view)
  const results = events.map(({ facts }) => countBy(facts.map((fact) => draft.apply(fact))))
  const tally = draft.settle()

  const positions = { ...draft.head.positions }
  for (const { partition, offset } of events) positions[partition] = Math.max(positions[partition] ?? -1, offset)

  const changed = draft.factsChanged || draft.book !== undefined
  // It grows beyond what the archive has, too.
  const before = Math.max(Number(view.head.revision), Number(draft.head.archived ?? 0))
  const revision = changed ? String(Math.max(before + 1, now)) : view.head.revision
  const factsRevision = draft.factsChanged ? revision : view.head.factsRevision
  return {
    head: { ...draft.head, positions, tally, revision, factsRevision },
    essays: draft.essays,
    ids: draft.ids,
    book: draft.book,
    applied: { revision, factsRevision, changed, results },
  }
}

const countBy = (results: readonly FactResult[]): Applied['results'][number] => {
  const counts: Partial<Record<FactResult, number>> = {}
  for (const result of results) counts[result] = (counts[result] ?? 0) + 1
  return counts
}

interface Draft {
  head: BatchHead
  readonly essays: Map<EssayId, EssayRecord>
  ids: readonly EssayId[] | undefined
  book: RunBook | undefined
  factsChanged: boolean
}

/** The batch while one transition is at work on it. */
const draftOf = (view: BatchView) => {
  const draft: Draft = { head: view.head, essays: new Map(), ids: undefined, book: undefined, factsChanged: false }
  const essay = (id: EssayId): EssayRecord => draft.essays.get(id) ?? view.essay(id) ?? EMPTY_RECORD

  const applyEssay = ({ essayId, writes }: Extract<Fact, { kind: 'essay' }>): FactResult => {
    const before = essay(essayId)
    const { record, result } = mergeWrites(before, writes)
    if (record !== before) {
      draft.essays.set(essayId, record)
      draft.factsChanged = true
    }
    return result
  }

  const applyBatch = ({ writes }: Extract<Fact, { kind: 'batch' }>): FactResult => {
    const results = writes.map(([register, stamp]) => {
      const result = mergeStamp(draft.head.content[register], stamp)
      if (result === 'applied') {
        draft.head = { ...draft.head, content: { ...draft.head.content, [register]: stamp } }
        draft.factsChanged = true
      }
      return result
    })
    return results[0] ?? 'repeated'
  }

  const applyRegistration = (fact: Extract<Fact, { kind: 'registration' }>): FactResult => {
    const current = draft.head.registeredBy
    if (current === fact.stamp) return 'repeated'
    if (current !== null && current < fact.stamp) return 'older_registration'
    for (const id of draft.ids ?? view.ids()) {
      const { s: _, ...unregistered } = essay(id)
      draft.essays.set(id, unregistered)
    }
    for (const id of fact.essayIds) draft.essays.set(id, { ...essay(id), s: '' })
    draft.ids = fact.essayIds
    draft.head = { ...draft.head, registeredBy: fact.stamp, registration: fact.registration }
    draft.factsChanged = true
    return 'applied'
  }

  const applyBook = ({ revision, book }: Extract<Fact, { kind: 'book' }>): FactResult => {
    const current = draft.head.bookRevision
    if (current === revision) return 'repeated'
    if (current !== null && Number(current) > Number(revision)) return 'older_book'
    draft.head = { ...draft.head, bookRevision: revision }
    draft.book = book
    return 'applied'
  }

  const applyArchived = ({ revision }: Extract<Fact, { kind: 'archived' }>): FactResult => {
    draft.head = { ...draft.head, archived: revision }
    return 'applied'
  }

  const apply = (fact: Fact): FactResult => {
    switch (fact.kind) {
      case 'essay':
        return applyEssay(fact)
      case 'batch':
        return applyBatch(fact)
      case 'registration':
        return applyRegistration(fact)
      case 'book':
        return applyBook(fact)
      case 'archived':
        return applyArchived(fact)
    }
  }

  /** Brings the signatures of what was touched up to date, and gives the tally that is in step with them. */
  const settle = (): BatchHead['tally'] => {
    const counts = new Map(Object.entries(view.head.tally))
    const count = (signature: string | undefined, by: number): void => {
      if (signature === undefined) return
      const sum = (counts.get(signature) ?? 0) + by
      if (sum === 0) counts.delete(signature)
      else counts.set(signature, sum)
    }
    for (const [id, record] of draft.essays) {
      const after = record.s === undefined ? record : { ...record, s: signatureOf(record) }
      draft.essays.set(id, after)
      count(view.essay(id)?.s, -1)
      count(after.s, 1)
    }
    return Object.fromEntries(counts)
  }

  return Object.assign(draft, { apply, settle })
}
