import { cpus } from 'node:os'
import type { Row } from './figure.ts'
import type { Measured } from './wrk.ts'

/**
 * Whether a share of the bare rate fits into the machine at all: the CPU that one takes of it, client and engines included, against
 * what there is for each at that rate. Above 1 no division of the work would reach it.
 */
export const roomRow = (what: string, of: Measured, bare: Measured, share: number): Row => ({
  what: `CPU ms of the whole machine, ${what}`,
  value: of.machineMs,
  ceiling: (1_000 * cpus().length) / (share * bare.perSecond),
  note: `ceiling: what ${cpus().length} cores have for one at ${share} of the bare rate`,
})
