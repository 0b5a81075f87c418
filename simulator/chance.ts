import { derivedId } from '../shared/ids.ts'

/** A number from 0 up to 1 that looks random, and is the same whenever the same is asked. */
export type Chance = (...about: readonly (string | number)[]) => number

/**
 * Chance as a pure function of a seed and of what it is about, so that a message which comes again, also after a crash,
 * is answered with the same words. A UUIDv5 starts with 32 bits of a hash.
 */
export const createChance =
  (seed: string): Chance =>
  (...about) =>
    Number.parseInt(derivedId('chance', seed, ...about).slice(0, 8), 16) / 2 ** 32
