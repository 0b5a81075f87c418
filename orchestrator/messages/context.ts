import { z } from 'zod'
import { StorageReferenceMetadata } from '../../shared/contracts/blocks.ts'
import { ClientBatchPipelineRequestV1 } from '../../shared/contracts/commands/client-batch-pipeline-request.ts'
import { CourseCode } from '../../shared/contracts/enums.ts'
import type { Book } from '../runs/model/book.ts'

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
    .object({ essay_ids: z.array(z.string()).nullable(), plan_revision: z.string().nullable() })
    .nullish()
    .transform((selection) => selection ?? { essay_ids: null, plan_revision: null }),
})

/** The registration of a batch; throws for a batch that has none, which nothing is ever said of. */
export const registrationOf = (book: Book): StoredRegistration =>
  StoredRegistration.parse(JSON.parse(book.registration ?? 'null'))

/**
 * The prompt that a run works with, of each kind by itself: what its request brought, else what an earlier one did, else the
 * registration's (contracts, section 10 step 3).
 */
export const promptOf = (book: Book, message: string) => {
  const registration = registrationOf(book)
  const brought = StoredRequest.parse(JSON.parse(message)).prompt_payload
  const stored = book.prompt_ref === null ? null : StorageReferenceMetadata.parse(JSON.parse(book.prompt_ref))
  return {
    brought,
    assignmentId: brought?.assignment_id || (book.assignment_id ?? registration.assignment_id),
    reference: brought?.cms_prompt_ref ?? stored ?? registration.student_prompt_ref,
  }
}
