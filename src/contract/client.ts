import type { ErrorEnvelope } from './common/errors.ts'
import { type Operation, pathKeys, type RequestOf, type ResponseOf } from './operation.ts'

export interface ClientOptions {
  /** Origin of the installation, without a trailing slash. */
  baseUrl: string
  apiKey?: string
  /** The runtime's fetch, or one that behaves like it. */
  fetch: (url: string, init: RequestLike) => Promise<ResponseLike>
}

interface RequestLike {
  method: string
  headers: Record<string, string>
  body?: string
}

interface ResponseLike {
  ok: boolean
  status: number
  json: () => Promise<unknown>
}

/** The API's refusal, as it said it. */
export class ApiError extends Error {
  readonly status: number
  readonly envelope: ErrorEnvelope

  constructor(status: number, envelope: ErrorEnvelope) {
    super(envelope.error.message)
    this.name = 'ApiError'
    this.status = status
    this.envelope = envelope
  }
}

export type Call = <O extends Operation>(operation: O, input: RequestOf<O>) => Promise<ResponseOf<O>>

/** A client typed by the contract: `call(operation, input)` gives the operation's parsed answer or throws `ApiError`. */
export function createClient(options: ClientOptions): Call {
  return async (operation, input) => {
    const { path, ...request } = toRequest(operation, input as Record<string, unknown>, options.apiKey)
    const response = await options.fetch(options.baseUrl + path, request)
    const body = await response.json()
    if (!response.ok) throw new ApiError(response.status, body as ErrorEnvelope)
    return operation.output.parse(body) as ResponseOf<typeof operation>
  }
}

/** The request that carries an operation out: path and query, and what `fetch` wants to know beside them. */
export function toRequest(
  operation: Operation,
  input: Record<string, unknown>,
  apiKey?: string,
): RequestLike & { path: string } {
  const { path, rest } = splitInput(operation, input)
  const takesQuery = operation.method === 'GET' || operation.method === 'DELETE'
  const headers: Record<string, string> = { accept: 'application/json' }
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`
  if (!takesQuery) headers['content-type'] = 'application/json'
  return {
    path: takesQuery ? path + toQuery(rest) : path,
    method: operation.method,
    headers,
    ...(takesQuery ? {} : { body: JSON.stringify(rest) }),
  }
}

function splitInput(
  operation: Operation,
  input: Record<string, unknown>,
): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input }
  let path = operation.path
  for (const key of pathKeys(operation.path)) {
    path = path.replace(`{${key}}`, encodeURIComponent(String(rest[key])))
    delete rest[key]
  }
  return { path, rest }
}

function toQuery(input: Record<string, unknown>): string {
  const pairs = Object.entries(input).filter(([, value]) => value !== undefined && value !== null)
  if (pairs.length === 0) return ''
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&')}`
}
