import { z } from 'zod'
import { RunBook, RunSummary } from '../../shared/contracts/run-book.ts'
import { type BatchId, batchId, essayId } from '../../shared/ids.ts'
import { readText, textColumn } from '../../shared/store/sql/text.ts'
import { EssayRecord } from '../state/model/record.ts'
import type { Essay, Snapshot } from '../state/port.ts'
import { Registration } from '../state/registration.ts'
import { batchRegistersOf, essayRegistersOf } from './without-registers.ts'

/** The archive's rows, and what they stand for. Postgres gives large numbers as text, SQLite as numbers. */

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)
const Text = z.string().transform(readText)
const textOrNull = (text: string | null): string | null => (text === null ? null : textColumn(text))
const Large = z.union([z.string(), z.number(), z.bigint()]).transform(String)
const BatchRegisters = z.object({ registeredBy: z.string().nullable(), batch: z.record(z.string(), z.string()) })
const PhaseFact = z.enum(['succeeded', 'failed_settled', 'failed_unsettled'])

const BatchRow = z.object({
  batch_id: Text,
  revision: Large,
  facts_revision: Large,
  content: z.enum(['pending', 'ready', 'failed']),
  registration: json(Registration).nullable(),
  tally: json(z.array(z.object({ refused: z.boolean(), phases: z.record(z.string(), PhaseFact), count: z.int() }))),
  book: json(RunBook).nullable(),
  registers: json(BatchRegisters).nullable(),
})

const EssayRow = z.object({
  essay_id: Text,
  text_storage_id: Text.nullable(),
  refused: Text.nullable(),
  signature: Text,
  registers: json(EssayRecord.shape.r).nullable(),
  phases: json(
    z.record(
      z.string(),
      z.object({ outcome: z.enum(['succeeded', 'failed']), errorCode: z.string().nullable(), at: z.number() }),
    ),
  ),
})

export const batchRow = ({
  batchId,
  revision,
  factsRevision,
  content,
  registration,
  tally,
  book,
  registers,
}: Snapshot) => ({
  batch_id: textColumn(batchId),
  revision,
  facts_revision: factsRevision,
  content,
  registration: registration === null ? null : JSON.stringify(registration),
  tally: JSON.stringify(
    tally.map(({ signature: { refused, phases }, count }) => ({ refused, phases: Object.fromEntries(phases), count })),
  ),
  book: book === null ? null : JSON.stringify(book),
  registers: JSON.stringify(registers),
})

export const batchOf = (row: unknown): Snapshot => {
  const { batch_id, revision, facts_revision, content, registration, tally, book, registers } = BatchRow.parse(row)
  return {
    batchId: batchId(batch_id),
    revision,
    factsRevision: facts_revision,
    registration,
    content,
    tally: tally.map(({ refused, phases, count }) => ({
      signature: { refused, phases: new Map(Object.entries(phases)) },
      count,
    })),
    named: [],
    essays: [],
    book,
    reached: true,
    archived: revision,
    registers: registers ?? batchRegistersOf({ registration, content }),
  }
}

export const essayRow = (batchId: BatchId, position: number, essay: Essay) => ({
  batch_id: textColumn(batchId),
  position,
  essay_id: textColumn(essay.essayId),
  text_storage_id: textOrNull(essay.text),
  refused: textOrNull(essay.refused),
  signature: textColumn(essay.signature),
  registers: JSON.stringify(essay.registers),
  phases: JSON.stringify(Object.fromEntries(essay.phases)),
})

export const essayOf = (row: unknown): Essay => {
  const { essay_id, text_storage_id, refused, signature, registers, phases } = EssayRow.parse(row)
  const essay = {
    essayId: essayId(essay_id),
    text: text_storage_id,
    refused,
    phases: new Map(Object.entries(phases)),
    signature,
  }
  return { ...essay, registers: registers ?? essayRegistersOf(essay) }
}

export const runRow = (batchId: BatchId, run: RunSummary) => ({
  batch_id: textColumn(batchId),
  run_id: textColumn(run.run_id),
  requested_pipeline: textColumn(run.requested_pipeline),
  status: run.status,
  started_at: run.started_at,
  completed_at: run.completed_at,
  run: JSON.stringify(run),
})

/** The essays of one signature, of rows that hold an essay each. */
const NamedRow = z.object({ signature: Text, essay_id: Text })
export const namedBySignature = (rows: readonly unknown[]): ReadonlyMap<string, readonly string[]> => {
  const named = Map.groupBy(
    rows.map((row) => NamedRow.parse(row)),
    ({ signature }) => signature,
  )
  return new Map([...named].map(([signature, of]) => [signature, of.map(({ essay_id }) => essay_id)]))
}

const RegistrationRow = z.object({ batch_id: Text, registration: json(Registration) })
export const registrationOf = (row: unknown) => {
  const { batch_id, registration } = RegistrationRow.parse(row)
  return { batchId: batchId(batch_id), registration }
}

const RunRow = z.object({ run: json(RunSummary) })
export const runOf = (row: unknown): RunSummary => RunRow.parse(row).run
