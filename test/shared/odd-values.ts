import type { z } from 'zod'
import { isObject } from '../../shared/contracts/origin.ts'

/** What may stand in a field's place; undefined takes it away. */
const ODD: readonly unknown[] = [undefined, null, '', ' 15.0 ', '2026-02-30', 7, -0.5, true, [], ['x'], {}, { x: 1 }]

/** The value with each field of it, however deep, replaced by something odd. */
export function* withOddFields(value: unknown): Generator<unknown> {
  if (!isObject(value)) return
  for (const [field, inner] of Object.entries(value)) {
    for (const odd of ODD) yield { ...value, [field]: odd }
    for (const odd of withOddFields(inner)) yield { ...value, [field]: odd }
  }
}

/** All that a reader gets to see: the order of the fields too, since it is that of the bytes which go out. */
export const seenBy = (schema: z.ZodType, value: unknown): string => {
  const parsed = schema.safeParse(value)
  return JSON.stringify(parsed.success ? parsed.data : parsed.error.issues, (_, one) => one ?? String(one))
}
