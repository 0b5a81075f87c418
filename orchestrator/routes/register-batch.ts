import { createRoute, z } from '@hono/zod-openapi'
import { RegisterResponse } from '../../shared/contracts/http/orchestrator.ts'
import { BatchRegistrationRequestV1 } from '../../shared/contracts/http/registration.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId, derivedId, randomId } from '../../shared/ids.ts'
import { registrationOf, StoredRegistration } from '../messages/context.ts'
import type { PublishOutbox } from '../outbox.ts'
import type { Book } from '../runs/model/book.ts'
import type { RunStore } from '../runs/port.ts'
import { registeredBytes } from '../sizes.ts'

const route = createRoute({
  method: 'post',
  path: '/v1/batches/register',
  summary: 'Register a batch for a user',
  request: {
    headers: z.object({
      'idempotency-key': z
        .string()
        .min(1)
        .max(255)
        .optional()
        .openapi({ description: 'The same user with the same key gets the same batch; other contents are refused' }),
    }),
    body: { required: true, content: { 'application/json': { schema: BatchRegistrationRequestV1 } } },
  },
  responses: {
    202: {
      description: 'The batch is registered, and everybody who must know will',
      content: { 'application/json': { schema: RegisterResponse } },
    },
    ...problemResponses(
      'INVALID_REQUEST',
      'AUTHENTICATION_ERROR',
      'CONFLICT',
      'PAYLOAD_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
    ),
  },
})

export interface RegisterDeps {
  readonly store: Pick<RunStore, 'register'>
  readonly publish: PublishOutbox
  readonly maxBatchEssays: number
  /** Bytes that a message may have. */
  readonly maxMessageBytes: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export const registerBatch = (
  app: App,
  { store, publish, maxBatchEssays, maxMessageBytes, clock }: RegisterDeps,
): void => {
  app.openapi(route, async (c) => {
    const body = c.req.valid('json')
    if (body.expected_essay_count > maxBatchEssays) throw tooMany(maxBatchEssays)
    const key = c.req.valid('header')['idempotency-key']
    const id = key === undefined ? randomId() : derivedId('batch', body.user_id, key)
    const correlationId = c.get('correlationId')
    const registration = StoredRegistration.parse({
      expected_essay_count: body.expected_essay_count,
      essay_ids: body.essay_ids ?? essayIds(id, body.expected_essay_count),
      course_code: body.course_code,
      class_id: body.class_id ?? null,
      student_prompt_ref: body.student_prompt_ref ?? null,
      assignment_id: body.assignment_id ?? null,
      registered_at: clock(),
    })
    const bytes = registeredBytes(registration)
    if (bytes > maxMessageBytes) throw tooLong(bytes, maxMessageBytes)
    const registered = await store.register(batchId(id), {
      cause: derivedId(id, 'registration'),
      correlation_id: correlationId,
      user_id: body.user_id,
      org_id: body.org_id ?? null,
      is_regular: registration.class_id !== null,
      registration: JSON.stringify(registration),
    })
    if (!isSame(registered.book, registration)) throw reused()
    // Answered only once the log has it (invariant 3).
    await publish(batchId(id), registered)
    return c.json({ batch_id: id, correlation_id: correlationId, status: 'registered' as const }, 202)
  })
}

const essayIds = (id: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => derivedId(id, 'essay', index))

/** Whether a batch that was registered before was registered with these contents. */
const isSame = (book: Book, registration: StoredRegistration): boolean => {
  const { registered_at } = registrationOf(book)
  return book.registration === JSON.stringify({ ...registration, registered_at })
}

const reused = (): ProblemError =>
  new ProblemError({
    code: 'CONFLICT',
    reason: 'idempotency_key_reused',
    detail: 'This Idempotency-Key has already registered a batch with other contents.',
  })

const tooMany = (limit: number): ProblemError =>
  new ProblemError({
    code: 'VALIDATION_ERROR',
    reason: 'batch_too_large',
    detail: 'The batch is too large.',
    errors: [{ pointer: '/expected_essay_count', detail: `a batch may have ${limit} essays` }],
  })

/** Said before anything is stored: what is registered must be sayable in one message. */
const tooLong = (bytes: number, limit: number): ProblemError => {
  const detail = `a message that names all essays would have ${bytes} bytes, and ${limit} bytes are allowed: use shorter ids`
  return new ProblemError({
    code: 'VALIDATION_ERROR',
    reason: 'batch_too_large',
    detail: 'The batch is too large.',
    errors: [{ pointer: '/essay_ids', detail }],
  })
}
