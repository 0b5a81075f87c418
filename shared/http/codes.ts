/**
 * Every error code that we answer with: its status, its title, and what the developer of a client does about it. Codes are
 * the original's where it has one (contracts, section 6), so that front ends that move over find what they know.
 */
export const CODES = {
  INVALID_REQUEST: {
    status: 400,
    title: 'The request cannot be read',
    advice: 'The body is not JSON, or the request breaks HTTP. Mend the client; a repeat changes nothing.',
  },
  VALIDATION_ERROR: {
    status: 422,
    title: 'The request has wrong or missing values',
    advice:
      'errors[] names every wrong value by a JSON pointer, all at once, of very many the first 100. Show them beside the fields of the form.',
  },
  AUTHENTICATION_ERROR: {
    status: 401,
    title: 'Sign-in is needed',
    advice: 'reason says what is wrong with the token. On token_expired get a new one and repeat; else sign in anew.',
  },
  AUTHORIZATION_ERROR: {
    status: 403,
    title: 'This is not yours to see or change',
    advice: 'reason is not_owner, role_required or insufficient_scope. A repeat as the same user changes nothing.',
  },
  RESOURCE_NOT_FOUND: {
    status: 404,
    title: 'There is no such thing',
    advice: 'The path or the batch does not exist. A batch exists from the answer to its registration on.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The route does not have this method',
    advice: 'The Allow header lists the methods. Note that a batch cannot be deleted: its state expires by itself.',
  },
  CONFLICT: {
    status: 409,
    title: 'The state has moved on',
    advice: 'Read the state again and decide anew. On idempotency_key_running repeat after Retry-After.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    advice: 'detail names the limit in bytes. Register fewer essays, or upload fewer and smaller files, at once.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body is not of the type that the route takes',
    advice: 'Set the Content-Type header to application/json, of an upload to multipart/form-data with its boundary.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    title: 'This route is a WebSocket',
    advice: 'Open it with a WebSocket client, or read the same events from /events.',
  },
  RATE_LIMIT: {
    status: 429,
    title: 'Too many requests',
    advice: 'Wait for Retry-After seconds, then repeat. The RateLimit header of every answer says what is left.',
  },
  UNKNOWN_ERROR: {
    status: 500,
    title: 'Something went wrong on our side',
    advice: 'It has been logged under correlation_id: give that id to whoever runs the service.',
  },
  EXTERNAL_SERVICE_ERROR: {
    status: 502,
    title: 'A service behind this one answered wrongly',
    advice: 'It has been logged under correlation_id. A repeat may succeed.',
  },
  KAFKA_PUBLISH_ERROR: {
    status: 503,
    title: 'The request could not be made durable',
    advice:
      'outcome is not_sent, or unknown when the request may have been accepted all the same. Repeat with the same Idempotency-Key: it then has one effect.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'A service behind this one is not available',
    advice: 'Repeat after Retry-After seconds.',
  },
  CATCHING_UP: {
    status: 503,
    title: 'The state is not complete yet',
    advice: 'State is being rebuilt, and nobody is shown half of it. Repeat after Retry-After seconds.',
  },
} as const

export type Code = keyof typeof CODES
