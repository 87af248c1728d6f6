import { DIALECTS } from '../../dialects/dialects.ts'
import { AppError, type Availability } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { AttemptRecord, UpstreamFailure } from '../ports.ts'

const MESSAGE_LENGTH_MAX = 500
/** How providers say that a conversation is too long for a model. */
const TOO_LONG =
  /context[ _](?:length|window)|prompt is too long|too many (?:input )?tokens|token count .{0,40}exceeds the maximum/i
/** Of an attempt that had no answer. */
const UNREACHED = 502

/** What the caller hears of an attempt that failed, and whether another endpoint may be tried instead. */
export interface AttemptFailure {
  error: AppError
  /** An endpoint of another model may take what endpoints of this one refuse. */
  mayFallBack: 'to_any' | 'to_another_model' | 'no'
  /** Whether it speaks against the endpoint, and not against the request or the gateway's settings. */
  isFault: boolean
  status: number | null
}

/** What a provider says with its refusal. */
export interface ProviderWords {
  message: string | undefined
  retryAfterSeconds: number | undefined
}

export function failureOfConnection(failure: UpstreamFailure): AttemptFailure {
  const error =
    failure.kind === 'timeout'
      ? new AppError('provider_timeout', 'Provider timed out', { failure })
      : new AppError('provider_error', 'Provider is not reachable or cut the connection', { failure })
  const isFault = failure.kind !== 'aborted' && failure.kind !== 'forbidden_address'
  return { error, mayFallBack: 'to_any', isFault, status: null }
}

/** An answer that says 200 but isn't a completion. */
export function failureOfInvalidAnswer(): AttemptFailure {
  return {
    error: new AppError('provider_error', 'Provider returned an invalid answer'),
    mayFallBack: 'to_any',
    isFault: true,
    status: 200,
  }
}

/** A fault of ours. The same request would meet it again, so that it isn't told as one to try again. */
export function failureOfBug(): AttemptFailure {
  const error = new AppError('invalid_request', "The request can't be handled at the model's provider")
  return { error, mayFallBack: 'to_any', isFault: false, status: null }
}

/** An answer that went on until nothing that was held for it was left. */
export function failureOfExcess(): AttemptFailure {
  const message = 'Provider exceeded the bound of the answer; it was cut off where the money held for it ended'
  return { error: new AppError('provider_error', message), mayFallBack: 'no', isFault: false, status: 200 }
}

/** What has failed again and again is left alone for a while, and so is who has asked for it. Where that was for a rate the caller
 *  hears the same as who found it out. */
export function failureOfRest(isRateLimit: boolean): AttemptFailure {
  if (isRateLimit) {
    const refused = failureOfStatus(429, { message: undefined, retryAfterSeconds: undefined })
    return { ...refused, mayFallBack: 'no', isFault: false, status: null }
  }
  const message = 'Every provider of the model has failed lately and is left alone for a moment; try again later'
  return { error: new AppError('provider_overloaded', message), mayFallBack: 'no', isFault: false, status: null }
}

/**
 * What the caller hears when all attempts have failed: of the last one, with the shortest wait that any provider asked for
 * where it pays to come again, and how those before it ended. Source: OpenRouter docs, errors.
 */
export function failureAfterAll(
  failure: AttemptFailure,
  retryAfterSeconds: number | undefined,
  context: { endpoints: readonly Endpoint[]; records: readonly AttemptRecord[]; publicUrl: string },
): AttemptFailure {
  const { error } = failure
  const before = context.records.slice(0, -1)
  const isPassing = error.status === 429 || error.status >= 500
  if (!isPassing && before.length === 0) return failure
  const { detail, recordedMessage, status } = error
  const metadata = before.length === 0 ? error.metadata : { ...error.metadata, previous_errors: before.map(toPrevious) }
  const availability = isPassing ? availabilityOf(error, retryAfterSeconds, context) : undefined
  const options = {
    status,
    recordedMessage,
    ...(metadata !== undefined && { metadata }),
    ...(isPassing && retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(availability !== undefined && { availability }),
  }
  return { ...failure, error: new AppError(error.code, error.message, detail, options) }
}

function availabilityOf(
  { status }: AppError,
  retryAfterSeconds: number | undefined,
  { endpoints, publicUrl }: { endpoints: readonly Endpoint[]; publicUrl: string },
): Availability | undefined {
  if (status !== 429 && status !== 503) return undefined
  return {
    code: status === 429 ? 'capacity_exhausted' : 'temporarily_unavailable',
    retryable: true,
    ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    requested_models: [...new Set(endpoints.map(({ modelId }) => modelId))],
    affected_providers: [...new Set(endpoints.map(({ provider }) => provider.name))],
    docs_url: `${publicUrl}/docs`,
  }
}

function toPrevious({ provider_name: provider, status }: AttemptRecord) {
  return { provider, code: status ?? UNREACHED, status: status ?? UNREACHED }
}

/** A provider's refusal as its format tells it. */
export function failureOfRefusal(
  { provider }: Endpoint,
  { status, body, retryAfterSeconds }: { status: number; body: string; retryAfterSeconds: number | undefined },
): AttemptFailure {
  const { errorMessage, refusalStatus } = DIALECTS[provider.dialect]
  const meant = refusalStatus?.(status, body) ?? status
  const message = withoutSecret(errorMessage(body), provider.apiKey)
  return failureOfStatus(meant, { message, retryAfterSeconds })
}

/** Some providers quote the credential that they were sent, which is no caller's. */
function withoutSecret(message: string | undefined, secret: string | null): string | undefined {
  return secret ? message?.replaceAll(secret, '***') : message
}

/**
 * A provider's refusal. What the caller can mend stays 4xx with the provider's own sentence; the gateway's trouble with the
 * provider (credentials, its account) is 404, since trying again won't help; overload keeps its Retry-After.
 */
export function failureOfStatus(status: number, { message, retryAfterSeconds }: ProviderWords): AttemptFailure {
  const metadata = { provider_code: status }
  const options = retryAfterSeconds === undefined ? { metadata } : { metadata, retryAfterSeconds }
  if (status === 429) {
    const error = new AppError('rate_limited', 'Provider is rate limiting; try again later', { status }, options)
    return { error, mayFallBack: 'to_any', isFault: true, status }
  }
  if (status === 529 || status === 503) {
    const error = new AppError('provider_overloaded', 'Provider is overloaded', { status }, options)
    return { error, mayFallBack: 'to_any', isFault: true, status }
  }
  if (status === 504 || status === 524 || status === 408) {
    const error = new AppError('provider_timeout', 'Provider timed out', { status }, options)
    return { error, mayFallBack: 'to_any', isFault: true, status }
  }
  if (status >= 500) {
    const error = new AppError('provider_error', 'Provider returned error', { status }, { metadata })
    return { error, mayFallBack: 'to_any', isFault: true, status }
  }
  if (status === 401 || status === 402 || status === 403 || status === 404) {
    const error = new AppError(
      'no_endpoints',
      'The provider refused the gateway for this model',
      { status, message },
      { metadata },
    )
    return { error, mayFallBack: 'to_any', isFault: false, status }
  }
  if (status >= 400) {
    const recorded = { metadata, recordedMessage: `Provider refused the request with status ${status}` }
    const code = message !== undefined && TOO_LONG.test(message) ? 'context_length_exceeded' : 'invalid_request'
    const error = new AppError(code, publicMessage(message), { status }, recorded)
    return { error, mayFallBack: 'to_another_model', isFault: false, status }
  }
  return failureOfInvalidAnswer()
}

function publicMessage(message: string | undefined): string {
  if (message === undefined || message === '') return 'Provider returned error'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return message.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MESSAGE_LENGTH_MAX)
}
