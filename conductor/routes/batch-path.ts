import { z } from '@hono/zod-openapi'

/** A batch in a path; its id is any text, since whoever registers a batch chooses it. */
export const BatchPath = z.object({
  batch_id: z
    .string()
    .min(1)
    .max(255)
    .openapi({ param: { name: 'batch_id', in: 'path' } }),
})
