/** What every route that takes a body can answer instead, whatever else it can. */
export const BODY_PROBLEMS = [
  'INVALID_REQUEST',
  'AUTHENTICATION_ERROR',
  'AUTHORIZATION_ERROR',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_ERROR',
  'RATE_LIMIT',
  'UNKNOWN_ERROR',
  'EXTERNAL_SERVICE_ERROR',
] as const

/** What every route that changes a batch can answer instead. */
export const CHANGE_PROBLEMS = [...BODY_PROBLEMS, 'RESOURCE_NOT_FOUND', 'CONFLICT'] as const
