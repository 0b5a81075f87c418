import { z } from 'zod'
import type { EssayId } from '../../../shared/ids.ts'
import { CONTENT, errorRegister, listedRegister, readStamp, TEXT, type Write } from '../facts.ts'
import type { Essay, EssayOutcome, FactResult } from '../port.ts'
import { MARK_OF_FACT, type PhaseFact, REFUSED_MARK } from '../signature.ts'

/** One essay as both stores keep it, as JSON. */
export const EssayRecord = z.object({
  /** Registers: name -> stamp and value. */
  r: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** The signature that the tally counts it under; absent while the essay is not registered. */
  s: z.string().optional(),
})
export type EssayRecord = z.infer<typeof EssayRecord>

/** What a write with this stamp does to a register that holds that one. */
export const mergeStamp = (current: string | undefined, stamp: string): FactResult => {
  if (current === undefined || stamp > current) return 'applied'
  if (stamp === current) return 'repeated'
  return stamp.charAt(0) < current.charAt(0) ? 'outranked' : 'late'
}

/** The record after some writes; the same object when nothing changed. The result is that of the first write. */
export const mergeWrites = (
  record: EssayRecord,
  writes: readonly Write[],
): { readonly record: EssayRecord; readonly result: FactResult } => {
  const results = writes.map(([register, stamp]) => mergeStamp(record.r[register]?.[0], stamp))
  const winning = writes.filter((_, i) => results[i] === 'applied')
  const result = results[0] ?? 'repeated'
  if (winning.length === 0) return { record, result }
  const registers = { ...record.r }
  for (const [register, stamp, value] of winning) registers[register] = [stamp, value]
  return { record: { ...record, r: registers }, result }
}

const PHASE = /^phase:([^:]+)$/

const phasesOf = (record: EssayRecord): readonly (readonly [phase: string, stamp: string])[] =>
  Object.entries(record.r).flatMap(([register, [stamp]]) => {
    const phase = PHASE.exec(register)?.[1]
    return phase === undefined ? [] : [[phase, stamp] as const]
  })

const succeeded = (stamp: string): boolean => readStamp(stamp).rank === 1

const phaseFact = (record: EssayRecord, phase: string, stamp: string): PhaseFact =>
  succeeded(stamp) ? 'succeeded' : record.r[listedRegister(phase)] ? 'failed_settled' : 'failed_unsettled'

const isRefused = (record: EssayRecord): boolean => {
  const content = record.r[CONTENT]
  return content !== undefined && readStamp(content[0]).rank === 0
}

/** The signature under which a registered essay with this record counts. */
export const signatureOf = (record: EssayRecord): string => {
  const parts = phasesOf(record).map(([phase, stamp]) => phase + MARK_OF_FACT[phaseFact(record, phase, stamp)])
  return [...(isRefused(record) ? [REFUSED_MARK] : []), ...parts.sort()].join(',')
}

/** The record as readers see it. */
export const essayOf = (essayId: EssayId, record: EssayRecord): Essay => ({
  essayId,
  text: record.r[TEXT]?.[1] ?? null,
  refused: isRefused(record) ? (record.r[CONTENT]?.[1] ?? '') : null,
  phases: new Map(phasesOf(record).map(([phase, stamp]) => [phase, outcomeOf(record, phase, stamp)])),
  signature: record.s ?? '',
  registers: record.r,
})

const outcomeOf = (record: EssayRecord, phase: string, stamp: string): EssayOutcome => ({
  outcome: succeeded(stamp) ? 'succeeded' : 'failed',
  errorCode: succeeded(stamp) ? null : (record.r[errorRegister(phase)]?.[1] ?? null),
  at: readStamp(stamp).at,
})

/** The record of an essay about which nothing is known. */
export const EMPTY_RECORD: EssayRecord = { r: {} }
