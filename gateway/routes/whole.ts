import { z } from '@hono/zod-openapi'

/** A whole number in a query, with the bounds that the document shows too. */
export const whole = (preset: number, minimum: number, maximum: number) =>
  z.coerce
    .number<string>()
    .int()
    .min(minimum)
    .max(maximum)
    .default(preset)
    .openapi({ type: 'integer', minimum, maximum, example: preset })
