/** Every expected failure, once: its HTTP status, the `error_type` of the wire and whether trying again may help. A
 *  failure that the same request will meet again is never 5xx, because official clients retry those for an hour. */
export const ERROR_CATALOG = {
  invalid_request: { status: 400, type: 'invalid_request', retryable: false },
  invalid_regex_pattern: { status: 400, type: 'invalid_regex_pattern', retryable: false },
  invalid_model: { status: 400, type: 'invalid_request', retryable: false },
  context_length_exceeded: { status: 400, type: 'context_length_exceeded', retryable: false },
  unauthorized: { status: 401, type: 'authentication', retryable: false },
  insufficient_credits: { status: 402, type: 'payment_required', retryable: false },
  key_limit_exceeded: { status: 402, type: 'payment_required', retryable: false },
  budget_exceeded: { status: 403, type: 'permission_denied', retryable: false },
  forbidden: { status: 403, type: 'permission_denied', retryable: false },
  not_found: { status: 404, type: 'not_found', retryable: false },
  no_endpoints: { status: 404, type: 'not_found', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request', retryable: false },
  request_timeout: { status: 408, type: 'timeout', retryable: true },
  conflict: { status: 409, type: 'invalid_request', retryable: false },
  idempotency_mismatch: { status: 409, type: 'invalid_request', retryable: false },
  idempotency_result_not_kept: { status: 409, type: 'invalid_request', retryable: false },
  gone: { status: 410, type: 'invalid_request', retryable: false },
  payload_too_large: { status: 413, type: 'payload_too_large', retryable: false },
  unsupported_media_type: { status: 415, type: 'invalid_request', retryable: false },
  rate_limited: { status: 429, type: 'rate_limit_exceeded', retryable: true },
  internal: { status: 500, type: 'server', retryable: true },
  provider_error: { status: 502, type: 'provider_unavailable', retryable: true },
  provider_overloaded: { status: 503, type: 'provider_overloaded', retryable: true },
  unavailable: { status: 503, type: 'server', retryable: true },
  provider_timeout: { status: 504, type: 'timeout', retryable: true },
} as const

export type ErrorCode = keyof typeof ERROR_CATALOG

/** The message of a 401 for a key that is unknown, disabled, expired or deleted: one text, so that nothing is revealed. */
export const UNKNOWN_KEY_MESSAGE = 'User not found.'
export const MISSING_KEY_MESSAGE = 'Missing Authentication header'

/** The body of every error: `code` equals the HTTP status and is always a number. */
export interface ErrorEnvelope {
  error: { code: number; message: string; metadata?: Record<string, unknown>; availability?: object }
}
