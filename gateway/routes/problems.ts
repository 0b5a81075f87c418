/** What every route of a signed-in user can answer instead. */
export const PROBLEMS = ['AUTHENTICATION_ERROR', 'AUTHORIZATION_ERROR', 'RATE_LIMIT', 'UNKNOWN_ERROR'] as const

/** What every route that reads of batches can answer instead. */
export const READ_PROBLEMS = [
  ...PROBLEMS,
  'VALIDATION_ERROR',
  'EXTERNAL_SERVICE_ERROR',
  'SERVICE_UNAVAILABLE',
  'CATCHING_UP',
] as const

/** What every route that reads of one batch can answer instead. */
export const BATCH_PROBLEMS = [...READ_PROBLEMS, 'RESOURCE_NOT_FOUND'] as const

/** What every route that takes a body can answer instead, whatever else it can. */
export const BODY_PROBLEMS = [
  ...PROBLEMS,
  'INVALID_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_ERROR',
  'EXTERNAL_SERVICE_ERROR',
] as const

/** What every route that changes a batch can answer instead. */
export const CHANGE_PROBLEMS = [...BODY_PROBLEMS, 'RESOURCE_NOT_FOUND', 'CONFLICT'] as const
