import { z } from '@hono/zod-openapi'
import { CODES, type Code } from '../../shared/http/codes.ts'

/** The one error shape, as the document describes it (RFC 9457). */
export const Problem = z
  .object({
    type: z.string().openapi({ description: 'Where the code is explained' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    reason: z.string().optional().openapi({ description: 'Tells cases of one code apart' }),
    correlation_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    outcome: z.enum(['not_sent', 'unknown']).optional(),
  })
  .openapi('Problem')

/** Describes the failures that a route can answer with; several codes may share a status. */
export const problems = (...codes: readonly Code[]) => {
  const byStatus = new Map<number, Code[]>()
  for (const code of codes) byStatus.set(CODES[code].status, [...(byStatus.get(CODES[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `${code}: ${CODES[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: Problem, example: exampleOf(same[0] ?? 'UNKNOWN_ERROR') } },
      },
    ]),
  )
}

const exampleOf = (code: Code) => ({
  type: `/docs/errors#${code}`,
  title: CODES[code].title,
  status: CODES[code].status,
  detail: 'A sentence for the developer of the client.',
  code,
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
})
