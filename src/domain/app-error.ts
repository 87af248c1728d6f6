import { ERROR_CATALOG, type ErrorCode, type ErrorEnvelope } from '../contract/common/errors.ts'
import type { RefusedLimit } from './limit-state.ts'

export interface AppErrorDetail {
  /** For the log only; never sent. */
  [key: string]: unknown
}

/**
 * The only expected failure. `message` is public; `detail` is for the log; `metadata` goes into the body; `status`
 * overrides the catalog's where an upstream's own status is passed on. Anything else that is thrown is a bug.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly detail: AppErrorDetail
  /** What of the message may be logged and recorded: it may quote a provider, who may quote what was asked. */
  readonly recordedMessage: string
  readonly status: number
  readonly metadata: Record<string, unknown> | undefined
  readonly retryAfterSeconds: number | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly availability: Availability | undefined
  /** The limit behind it, for the record of a refused request. */
  readonly refusedLimit: RefusedLimit | undefined

  constructor(code: ErrorCode, message: string, detail: AppErrorDetail = {}, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.detail = detail
    this.recordedMessage = options.recordedMessage ?? message
    this.status = options.status ?? ERROR_CATALOG[code].status
    this.metadata = options.metadata
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers
    this.availability = options.availability
    this.refusedLimit = options.refusedLimit
  }
}

export interface AppErrorOptions {
  cause?: unknown
  status?: number
  metadata?: Record<string, unknown>
  retryAfterSeconds?: number
  headers?: Record<string, string>
  recordedMessage?: string
  availability?: Availability
  refusedLimit?: RefusedLimit
}

/** Why no endpoint was there for a request, in the wire's shape. */
export interface Availability {
  code:
    | 'wrong_endpoint'
    | 'no_endpoints'
    | 'privacy_restricted'
    | 'region_restricted'
    | 'constraint_filtered'
    | 'capacity_exhausted'
    | 'temporarily_unavailable'
  retryable: boolean
  /** Seconds. */
  retry_after?: number
  requested_models: readonly string[]
  affected_providers?: readonly string[]
  /** Which restrictions kept endpoints away. */
  excluded_by?: readonly string[]
  docs_url: string
}

/** The error as its public body. A thrown thing that isn't an AppError becomes the masked internal error. */
export function toErrorEnvelope(error: unknown): { status: number; body: ErrorEnvelope } {
  if (!(error instanceof AppError)) {
    return { status: 500, body: { error: { code: 500, message: 'Internal Server Error' } } }
  }
  const body: ErrorEnvelope = { error: { code: error.status, message: error.message } }
  const metadata = { error_type: ERROR_CATALOG[error.code].type, ...error.metadata }
  body.error.metadata = metadata
  if (error.availability !== undefined) body.error.availability = error.availability
  return { status: error.status, body }
}
