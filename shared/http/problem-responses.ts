import { z } from '@hono/zod-openapi'
import { CODES, type Code } from './codes.ts'

/** The one error shape, as an OpenAPI document describes it (RFC 9457, invariant 11). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    reason: z.string().optional(),
    correlation_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem')

/** The failures that a route can answer with, for its `responses`; codes of one status share an entry. */
export const problemResponses = (...codes: readonly Code[]) =>
  Object.fromEntries(
    [...Map.groupBy(codes, (code) => CODES[code].status)].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `${code}: ${CODES[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  )
