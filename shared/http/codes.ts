/**
 * Every error code that we answer with: its status and its title. Codes are the original's where it has one
 * (contracts, section 6), so that front ends that move over find what they know.
 */
export const CODES = {
  INVALID_REQUEST: { status: 400, title: 'The request cannot be read' },
  VALIDATION_ERROR: { status: 422, title: 'The request has wrong or missing values' },
  AUTHENTICATION_ERROR: { status: 401, title: 'Sign-in is needed' },
  AUTHORIZATION_ERROR: { status: 403, title: 'This is not yours to see or change' },
  RESOURCE_NOT_FOUND: { status: 404, title: 'There is no such thing' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not have this method' },
  CONFLICT: { status: 409, title: 'The state has moved on' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  UPGRADE_REQUIRED: { status: 426, title: 'This route is a WebSocket' },
  RATE_LIMIT: { status: 429, title: 'Too many requests' },
  UNKNOWN_ERROR: { status: 500, title: 'Something went wrong on our side' },
  EXTERNAL_SERVICE_ERROR: { status: 502, title: 'A service behind this one answered wrongly' },
  KAFKA_PUBLISH_ERROR: { status: 503, title: 'The request could not be made durable' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'A service behind this one is not available' },
  CATCHING_UP: { status: 503, title: 'The state is not complete yet' },
} as const

export type Code = keyof typeof CODES
