import type { OperationName } from '../contract/operations.ts'
import { AppError, toErrorEnvelope } from '../domain/app-error.ts'

/** The way from a tool to what it does: in this process, or over HTTP for the server that speaks on standard input. */
export interface ToolSession {
  /** Carries an operation out. Throws AppError or ApiRefusal. */
  invoke: (name: OperationName, input: Record<string, unknown>) => Promise<unknown>
  /** One chat completion that isn't streamed. Throws AppError or ApiRefusal. */
  infer: (request: InferenceRequest) => Promise<unknown>
  /** What else was thrown: a bug, which the caller isn't told about. */
  onBug: (error: unknown) => void
}

export interface InferenceRequest {
  body: Record<string, unknown>
  /** Which app asks, by the names of the headers. */
  attribution: Readonly<Record<string, string>>
  signal: AbortSignal
}

/** An answer of the API that isn't a success, as it came. */
export class ApiRefusal extends Error {
  readonly body: Record<string, unknown>

  constructor(body: unknown) {
    super('the API refused the call')
    this.name = 'ApiRefusal'
    this.body = isObject(body) ? body : { error: { code: 502, message: String(body) } }
  }
}

/** The body that the API answers a failure with. */
export function refusalBody(error: unknown, session: ToolSession): Record<string, unknown> {
  if (error instanceof ApiRefusal) return error.body
  if (!(error instanceof AppError) || error.status >= 500) session.onBug(error)
  return { ...toErrorEnvelope(error).body }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
