import { ERROR_CATALOG, type ErrorEnvelope } from '../../contract/common/errors.ts'
import { asObject, lookUp } from '../json-fields.ts'

/** Of the provider, as HTTP statuses. Source: Anthropic's API reference, errors. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

/** Ours for clients of this format. Source: OpenRouter's OpenAPI document, AnthropicMessagesErrorResponse. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  429: 'rate_limit_error',
  504: 'timeout_error',
  524: 'timeout_error',
  529: 'overloaded_error',
}

/** Undefined for an error that doesn't tell its type. */
export function statusOfError(error: unknown): number | undefined {
  return lookUp(STATUSES, asObject(error)?.['type'])
}

export interface MessagesError {
  type: 'error'
  error: { type: string; message: string; error_type?: unknown }
  metadata?: Record<string, unknown>
}

export function toMessagesError({ code, message, metadata, availability }: ErrorEnvelope['error']): MessagesError {
  const { error_type: errorType, ...more } = metadata ?? {}
  const rest = { ...more, ...(availability !== undefined && { availability }) }
  return {
    type: 'error',
    error: { type: typeOf(code, errorType), message, ...(errorType !== undefined && { error_type: errorType }) },
    ...(Object.keys(rest).length > 0 && { metadata: rest }),
  }
}

function typeOf(status: number, errorType: unknown): string {
  if (errorType === ERROR_CATALOG.provider_overloaded.type) return 'overloaded_error'
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}
