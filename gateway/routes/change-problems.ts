/** What every route that changes a batch by a JSON body can answer instead, whatever else it can. */
export const CHANGE_PROBLEMS = [
  'INVALID_REQUEST',
  'AUTHENTICATION_ERROR',
  'AUTHORIZATION_ERROR',
  'RESOURCE_NOT_FOUND',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_ERROR',
  'RATE_LIMIT',
  'UNKNOWN_ERROR',
  'EXTERNAL_SERVICE_ERROR',
] as const
