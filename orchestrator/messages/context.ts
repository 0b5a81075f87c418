import { z } from 'zod'
import { StorageReferenceMetadata } from '../../shared/contracts/blocks.ts'
import { ClientBatchPipelineRequestV1 } from '../../shared/contracts/commands/client-batch-pipeline-request.ts'
import { CourseCode } from '../../shared/contracts/enums.ts'
import type { Book } from '../runs/model/book.ts'
import { EssayName } from '../runs/model/essay-names.ts'

/** A registration as the book keeps it, as JSON text. */
export const StoredRegistration = z.object({
  expected_essay_count: z.int(),
  essay_ids: z.array(z.string()),
  course_code: CourseCode,
  class_id: z.string().nullable(),
  student_prompt_ref: StorageReferenceMetadata.nullable(),
  assignment_id: z.string().nullable(),
  /** Milliseconds since 1970. */
  registered_at: z.int(),
})
export type StoredRegistration = z.infer<typeof StoredRegistration>

/** A request as the book keeps it, as JSON text: the client's message, and what a retry selected. */
export const StoredRequest = ClientBatchPipelineRequestV1.extend({
  selection: z
    .object({ essay_ids: z.array(EssayName).nullable(), plan_revision: z.string().nullable() })
    .nullish()
    .transform((selection) => selection ?? { essay_ids: null, plan_revision: null }),
})

/** The registration of a batch; throws for a batch that has none, which nothing is ever said of. */
export const registrationOf = (book: Book): StoredRegistration =>
  StoredRegistration.parse(JSON.parse(book.registration ?? 'null'))

/** The prompt that the batch has by itself, of each kind: an earlier request's, else the registration's. */
const keptPrompt = (book: Book) => {
  const registration = registrationOf(book)
  return {
    assignmentId: book.assignment_id ?? registration.assignment_id,
    reference:
      book.prompt_ref === null
        ? registration.student_prompt_ref
        : StorageReferenceMetadata.parse(JSON.parse(book.prompt_ref)),
  }
}

/** Whether a request that brings no prompt has one. */
export const hasPrompt = (book: Book): boolean => {
  const { assignmentId, reference } = keptPrompt(book)
  return assignmentId !== null || reference !== null
}

/** The prompt that a run works with: what its request brought, else what the batch has (contracts, section 10 step 3). */
export const promptOf = (book: Book, message: string) => {
  const brought = StoredRequest.parse(JSON.parse(message)).prompt_payload
  const kept = keptPrompt(book)
  return {
    brought,
    assignmentId: brought?.assignment_id || kept.assignmentId,
    reference: brought?.cms_prompt_ref ?? kept.reference,
  }
}

/** What the conductor is told of the prompt (contracts, section 10 step 3). */
export const promptMetadata = (book: Book, message: string): Readonly<Record<string, unknown>> => {
  const { brought, assignmentId, reference } = promptOf(book, message)
  const attached = assignmentId !== null || reference !== null
  const source = brought?.assignment_id ? 'canonical' : brought?.cms_prompt_ref ? 'cms' : attached ? 'context' : 'none'
  return {
    prompt_attached: attached,
    prompt_source: source,
    ...(assignmentId === null ? {} : { assignment_id: assignmentId }),
  }
}
