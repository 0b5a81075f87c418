import type { z } from '@hono/zod-openapi'

/** A JSON body with an example that fits it, for the document. */
export const json = <Schema extends z.ZodType>(schema: Schema, example: z.input<Schema>) => ({
  content: { 'application/json': { schema, example } },
})

/** The same for a body that a request must have: without `required` an empty one would pass as `{}`. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema, example: z.input<Schema>) => ({
  required: true,
  ...json(schema, example),
})
