import { z } from 'zod'

interface Known {
  /** How often it was asked for. */
  uses: number
  compiled?: z.ZodType
}

/** What is worked out here depends on nothing else. */
const KNOWN = new WeakMap<z.ZodType, Known>()

/** A few hundred uses cost as much as compiling, which takes several milliseconds: it would be the first requests that wait. */
const USES = 500

/**
 * The schema with code of its own once it is used often: it reads what it read before, with the same problems, in half the time
 * or less. To be asked for at each use.
 */
export const compiled = <Schema extends z.ZodType>(schema: Schema, after = USES): Schema => {
  const known = KNOWN.get(schema) ?? { uses: 0 }
  // A schema's own compiled form is of its type.
  if (known.compiled) return known.compiled as Schema
  known.uses += 1
  if (known.uses > after) known.compiled = z.compile(schema)
  KNOWN.set(schema, known)
  return (known.compiled as Schema | undefined) ?? schema
}
