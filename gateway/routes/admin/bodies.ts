import { z } from '@hono/zod-openapi'
import type { LetterBody } from '../../../shared/contracts/http/dead-letters.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import { BATCH_ID, CORRELATION_ID } from '../examples.ts'
import { PROBLEMS } from '../problems.ts'

/** What the routes of operations share. */

export const READ_REFUSALS = problemResponses(
  ...PROBLEMS,
  'VALIDATION_ERROR',
  'EXTERNAL_SERVICE_ERROR',
  'SERVICE_UNAVAILABLE',
)

export const CHANGE_REFUSALS = {
  ...READ_REFUSALS,
  ...problemResponses('KAFKA_PUBLISH_ERROR', 'SERVICE_UNAVAILABLE'),
}

export const BODY_REFUSALS = problemResponses('INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')

export const NO_SUCH_LETTER = problemResponses('RESOURCE_NOT_FOUND')

export const LetterPath = z.object({
  letter_id: z.uuid().openapi({ param: { name: 'letter_id', in: 'path' }, example: CORRELATION_ID }),
})

export const LETTER: LetterBody = {
  letter_id: '0f9a86b7-184a-5cb2-9e73-95766f963055',
  topic: 'huleedu.els.batch.phase.outcome.v1',
  reason: 'data_invalid',
  error: 'phase_name: Invalid option',
  service: 'batch_conductor_service',
  batch_id: BATCH_ID,
  correlation_id: CORRELATION_ID,
  event_type: 'huleedu.els.batch.phase.outcome.v1',
  at: '2026-02-03T08:15:30.623000Z',
  redrivable: true,
  was_redriven: false,
  state: 'open',
  decided_by: null,
  decided_for: null,
  decided_at: null,
}
