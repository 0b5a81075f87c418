import { z } from 'zod'
import { compiled } from '../../shared/compiled.ts'
import { type BatchId, essayId } from '../../shared/ids.ts'
import { EssayRecord, essayOf } from './model/record.ts'
import type { Awaited, Essay } from './port.ts'
import { Registration } from './registration.ts'
import { isReached, type Read } from './snapshot.ts'

/** What the scripts that read a batch answer, and what it says. */

/** Redis has nothing but texts in a hash, and checking each of them again took a sixth of a read, measured. */
type Hash = Readonly<Record<string, string>>
/** Signature -> essays. */
type IdsOf = Readonly<Record<string, readonly string[]>>

export interface FactsReply {
  readonly meta: Hash
  readonly tally: Hash
  /** Of each awaited record its partition's offset in the marker; nothing where there is none. */
  readonly marks: readonly (string | false | null)[]
}

type More = Pick<Read, 'named' | 'essays' | 'book'>

/** What `read-facts.lua` answers. */
export const factsIn = (reply: string) => {
  const json: readonly [Hash, Hash, FactsReply['marks'], IdsOf] = JSON.parse(reply)
  const [meta, tally, marks, named] = json
  const facts: FactsReply = { meta, tally, marks }
  const more: More = { named: Object.entries(named), essays: [], book: null }
  return { facts, more }
}

const Flat = z.array(z.string())
const BatchReply = z.tuple([
  z.string(),
  z.string(),
  z.string().nullable(),
  Flat,
  Flat,
  z.array(z.string().nullable()),
  z.string(),
])

/** What `read-batch.lua` answers. */
export const batchIn = (reply: unknown) => {
  const [meta, tally, book, ids, records, marks, named] = BatchReply.parse(reply)
  const facts: FactsReply = { meta: JSON.parse(meta), tally: JSON.parse(tally), marks }
  const idsOf: IdsOf = JSON.parse(named)
  const more: More = {
    named: Object.entries(idsOf),
    essays: essaysOf(ids, records),
    book: book || null,
  }
  return { facts, more }
}

/** A batch as it was read; `after` is what its marks were asked for. */
export const readOf = (
  batchId: BatchId,
  after: readonly Awaited[],
  { meta, tally, marks }: FactsReply,
  more: More,
): Read => {
  const { registration } = meta
  return {
    ...more,
    batchId,
    revision: meta['revision'] ?? '0',
    factsRevision: meta['facts_revision'] ?? '0',
    registration: registration === undefined ? null : compiled(Registration).parse(JSON.parse(registration)),
    registers: { registeredBy: meta['registered_by'] ?? null, batch: registersIn(meta) },
    archived: meta['archived'] ?? null,
    tally: Object.entries(tally).map(([signature, n]) => [signature, Number(n)] as const),
    reached: after.every((awaited, i) =>
      isReached(awaited, numberIn(meta[`at:${awaited.partition}`]), numberIn(marks[i])),
    ),
  }
}

const numberIn = (text: string | false | null | undefined): number | null => (text ? Number(text) : null)

/** The fields of `meta` that are registers of the batch as a whole. */
const registersIn = (meta: Hash): Hash => {
  const registers: Record<string, string> = {}
  for (const field in meta)
    if (field.startsWith('content:') || field.startsWith('broken:')) registers[field] = meta[field] ?? ''
  return registers
}

export const essaysOf = (ids: readonly string[], records: readonly string[]): readonly Essay[] =>
  ids.map((id, i) => essayOf(essayId(id), EssayRecord.parse(JSON.parse(records[i] ?? '{}'))))
