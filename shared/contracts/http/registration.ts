import { z } from '@hono/zod-openapi'
import { CourseCode } from '../enums.ts'
import { LARGEST_BATCH } from '../largest-batch.ts'
import { ClientText } from './client-text.ts'
import { PromptReferences } from './prompt-references.ts'

const tooMany = (maxEssays: number): string => `a batch may have ${maxEssays} essays`

/** A list of more essays is refused by its length: what stands in it is not looked at. */
const registration = (maxEssays: number) => ({
  expected_essay_count: z.int().positive().max(maxEssays, tooMany(maxEssays)).openapi({ example: 2 }),
  essay_ids: z
    .array(ClientText(255))
    .min(1)
    .max(maxEssays, tooMany(maxEssays))
    .nullish()
    .openapi({
      description: 'Kept when given, else made; as many as expected_essay_count, none twice',
      example: ['anna', 'bo'],
    }),
  course_code: z.enum(CourseCode.options).openapi({ example: 'ENG5' }),
  student_prompt_ref: z.strictObject({ references: PromptReferences }).nullish(),
  class_id: ClientText(255)
    .nullish()
    .openapi({ description: 'Given: REGULAR, essays are matched to students; else GUEST' }),
  cj_default_llm_model: ClientText(255).nullish(),
  cj_default_temperature: z.number().min(0).max(2).nullish(),
})

type Ids = { readonly expected_essay_count: number; readonly essay_ids?: readonly string[] | null | undefined }

/** What a schema cannot say of one field: the ids number as many as expected, and none stands twice. */
const checkIds = (body: Ids, context: z.RefinementCtx): void => {
  const ids = body.essay_ids ?? []
  if (ids.length > 0 && ids.length !== body.expected_essay_count) {
    const message = `must have expected_essay_count (${body.expected_essay_count}) entries, has ${ids.length}`
    context.addIssue({ code: 'custom', path: ['essay_ids'], message })
  }
  const seen = new Set<string>()
  for (const [index, id] of ids.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: ['essay_ids', index], message: 'stands twice' })
    seen.add(id)
  }
}

/** Body of the gateway's `POST /v1/batches/register`, where a batch may have so many essays. Unknown fields are refused. */
export const registerBatchRequest = (maxEssays: number) =>
  z.strictObject(registration(maxEssays)).superRefine(checkIds).openapi('RegisterBatchRequest')
export type RegisterBatchRequest = z.infer<ReturnType<typeof registerBatchRequest>>

/** Body of the orchestrator's `POST /v1/batches/register`: as the client's, with who it is for. Unknown fields are ignored. */
export const BatchRegistrationRequestV1 = z
  .object({
    ...registration(LARGEST_BATCH),
    student_prompt_ref: z.object({ references: PromptReferences }).nullish(),
    user_id: z.string().min(1).max(255),
    org_id: z.string().nullish(),
    assignment_id: z.string().max(100).nullish(),
  })
  .superRefine(checkIds)
export type BatchRegistrationRequestV1 = z.infer<typeof BatchRegistrationRequestV1>
