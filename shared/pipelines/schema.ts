import { z } from 'zod'

/** The shape of the files in `pipelines/`. Unknown keys are refused: a misspelt key must not be silently without effect. */

const Name = z.string().regex(/^[a-z][a-z0-9_]{0,99}$/, 'a name is lower-case letters, digits and _')

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

const Duration = z
  .string()
  .regex(/^[1-9]\d{0,8}(ms|s|m|h)$/, 'a duration is a whole number and ms, s, m or h, such as 30m')
  .transform((text) => {
    const [, amount = '0', unit = 'ms'] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? []
    return Number(amount) * UNITS[unit as keyof typeof UNITS]
  })

const MinSuccessRule = z.union([
  z.enum(['any', 'all']),
  z
    .string()
    .regex(/^(100|[1-9]\d?)%$/, 'min_success is any, all, or a percentage such as 80%')
    .transform((text) => ({ percent: Number.parseInt(text, 10) })),
])

const Phase = z.strictObject({
  command: z.strictObject({ topic: z.string().min(1), model: z.string().min(1) }),
  depends_on: z.array(Name),
  scope: z.enum(['essay', 'batch']),
  needs_prompt: z.boolean(),
  produces: z.literal('text').optional(),
  min_success: MinSuccessRule.default('any'),
  timeout: Duration,
  attempts: z.int().min(1).max(10).default(1),
  cost: z.strictObject({ resource: Name, per: z.enum(['essay', 'pair']) }).optional(),
})

export const PhasesFile = z.record(Name, Phase)
export type PhasesFile = z.infer<typeof PhasesFile>

export const PipelineFile = z.strictObject({
  description: z.string().min(1),
  execution: z.enum(['sequential', 'parallel']).default('sequential'),
  phases: z.array(Name).min(1),
})
export type PipelineFile = z.infer<typeof PipelineFile>
