import { eventId } from '../../shared/ids.ts'
import {
  CONTENT,
  errorRegister,
  listedRegister,
  phaseRegister,
  type Rank,
  type Stamp,
  stamp,
  TEXT,
} from '../state/facts.ts'
import type { BatchRegisters, ContentState, Essay, Registers } from '../state/port.ts'
import type { Registration } from '../state/registration.ts'
import { parseSignature } from '../state/signature.ts'

/**
 * The first rows that were archived have no registers (migration 0002). What they must have been follows from what such a row
 * says; only which event said it is not known, so the smallest id stands for it: the event itself, heard again, outranks that
 * and says the same.
 */
const NOBODY = eventId('00000000-0000-0000-0000-000000000000')
const stampAt = (rank: Rank, at: number): Stamp => stamp(rank, { at, eventId: NOBODY })

interface BatchRow {
  readonly registration: Registration | null
  readonly content: ContentState
}

export const batchRegistersOf = ({ registration, content }: BatchRow): BatchRegisters => ({
  registeredBy: registration === null ? null : stampAt(0, registration.registeredAt * 1_000),
  batch: content === 'pending' ? {} : { [`content:${content}`]: stampAt(0, 0) },
})

/** A text is as if a phase had made it, long ago: the one that came with the content must not take its place. */
export const essayRegistersOf = ({ text, refused, phases, signature }: Omit<Essay, 'registers'>): Registers => {
  const registers: Record<string, readonly [Stamp, string]> = {}
  const known = parseSignature(signature).phases
  if (text !== null) registers[TEXT] = [stampAt(2, 0), text]
  if (refused !== null) registers[CONTENT] = [stampAt(0, 0), refused]
  for (const [phase, { outcome, errorCode, at }] of phases) {
    registers[phaseRegister(phase)] = [stampAt(outcome === 'succeeded' ? 1 : 0, at), '']
    if (errorCode !== null) registers[errorRegister(phase)] = [stampAt(0, at), errorCode]
    if (known.get(phase) === 'failed_settled') registers[listedRegister(phase)] = [stampAt(0, at), '']
  }
  return registers
}
