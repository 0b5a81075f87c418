import { z } from '@hono/zod-openapi'
import { CODES, type Code } from './codes.ts'

const isCode = (name: string): name is Code => name in CODES

/** The one error shape, as an OpenAPI document describes it (RFC 9457, invariant 11). */
export const Problem = z
  .object({
    type: z.string().openapi({ description: 'Where the code is explained' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(CODES).filter(isCode)),
    reason: z.string().optional().openapi({ description: 'Tells cases of one code apart' }),
    correlation_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    outcome: z.enum(['not_sent', 'unknown']).optional().openapi({ description: 'Whether a publish may have happened' }),
  })
  .openapi('Problem')

/** The failures that a route can answer with, for its `responses`; codes of one status share an entry. */
export const problemResponses = (...codes: readonly Code[]) => {
  const entries = codes.map((code) => {
    const { status } = CODES[code]
    const same = codes.filter((other) => CODES[other].status === status)
    return [
      status,
      {
        description: same.map((code) => `${code}: ${CODES[code].title}`).join('; '),
        content: {
          'application/problem+json': {
            schema: Problem,
            examples: Object.fromEntries(same.map((code) => [code, { value: exampleOf(code) }])),
          },
        },
      },
    ] as const
  })
  return Object.fromEntries(entries)
}

const exampleOf = (code: Code) => ({
  type: `/docs/errors#${code}`,
  title: CODES[code].title,
  status: CODES[code].status,
  detail: 'A sentence for the developer of the client.',
  code,
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
})
