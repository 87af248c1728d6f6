import { AppError } from '../../domain/app-error.ts'
import type { UpstreamFailure } from '../ports.ts'

const MESSAGE_LENGTH_MAX = 500
const RETRY_AFTER_SECONDS_MAX = 3_600

/** What the caller hears of an attempt that failed, and whether another endpoint may be tried instead. */
export interface AttemptFailure {
  error: AppError
  mayFallBack: boolean
  status: number | null
}

/** What a provider says with its refusal. */
export interface ProviderWords {
  message: string | undefined
  /** The header. */
  retryAfter: string | undefined
}

export function failureOfConnection(failure: UpstreamFailure): AttemptFailure {
  const error =
    failure.kind === 'timeout'
      ? new AppError('provider_timeout', 'Provider timed out', { failure })
      : new AppError('provider_error', 'Provider is not reachable or cut the connection', { failure })
  return { error, mayFallBack: true, status: null }
}

/** An answer that says 200 but isn't a completion. */
export function failureOfInvalidAnswer(): AttemptFailure {
  return {
    error: new AppError('provider_error', 'Provider returned an invalid answer'),
    mayFallBack: true,
    status: 200,
  }
}

/** An answer that went on until nothing that was held for it was left. */
export function failureOfExcess(): AttemptFailure {
  const message = 'Provider exceeded the bound of the answer; it was cut off where the money held for it ended'
  return { error: new AppError('provider_error', message), mayFallBack: false, status: 200 }
}

/**
 * A provider's refusal. What the caller can mend stays 4xx with the provider's own sentence; the gateway's trouble with the
 * provider (credentials, its account) is 404, since trying again won't help; overload keeps its Retry-After.
 */
export function failureOfStatus(status: number, { message, retryAfter }: ProviderWords): AttemptFailure {
  const retryAfterSeconds = parseRetryAfter(retryAfter)
  const metadata = { provider_code: status }
  const options = retryAfterSeconds === undefined ? { metadata } : { metadata, retryAfterSeconds }
  if (status === 429 || status === 408) {
    const error = new AppError('rate_limited', 'Provider is rate limiting; try again later', { status }, options)
    return { error, mayFallBack: true, status }
  }
  if (status === 529 || status === 503) {
    const error = new AppError('provider_overloaded', 'Provider is overloaded', { status }, options)
    return { error, mayFallBack: true, status }
  }
  if (status === 504 || status === 524) {
    return {
      error: new AppError('provider_timeout', 'Provider timed out', { status }, options),
      mayFallBack: true,
      status,
    }
  }
  if (status >= 500) {
    return {
      error: new AppError('provider_error', 'Provider returned error', { status }, { metadata }),
      mayFallBack: true,
      status,
    }
  }
  if (status === 401 || status === 402 || status === 403 || status === 404) {
    const error = new AppError(
      'no_endpoints',
      'The provider refused the gateway for this model',
      { status, message },
      { metadata },
    )
    return { error, mayFallBack: true, status }
  }
  if (status >= 400) {
    const recorded = { metadata, recordedMessage: `Provider refused the request with status ${status}` }
    const error = new AppError('invalid_request', publicMessage(message), { status }, recorded)
    return { error, mayFallBack: false, status }
  }
  return failureOfInvalidAnswer()
}

function publicMessage(message: string | undefined): string {
  if (message === undefined || message === '') return 'Provider returned error'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return message.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MESSAGE_LENGTH_MAX)
}

function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const seconds = Math.ceil(Number(header))
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, RETRY_AFTER_SECONDS_MAX) : undefined
}
