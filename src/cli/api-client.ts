import { toRequest } from '../contract/client.ts'
import type { Operation } from '../contract/operation.ts'

const ANSWER_TIMEOUT_MS = 600_000

export interface ApiTarget {
  origin: string
  key: string | undefined
}

export interface ApiAnswer {
  status: number
  /** JSON when it parses as such, else text. */
  body: unknown
}

/** What a command works on isn't there, or not for it. */
export class Unreachable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'Unreachable'
  }
}

/** One operation over HTTP, its answer as it comes. Throws Unreachable. */
export async function callApi(
  { origin, key }: ApiTarget,
  operation: Operation,
  input: Record<string, unknown>,
): Promise<ApiAnswer> {
  const { path, ...request } = toRequest(operation, input, key)
  return await ask(origin + path, request)
}

/** One request. Throws Unreachable. */
export async function ask(url: string, init: RequestInit): Promise<ApiAnswer> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  try {
    const response = await fetch(url, { ...init, signal, redirect: 'error' })
    return { status: response.status, body: parseBody(await response.text()) }
  } catch (error) {
    const { message, code } = ((error as { cause?: unknown }).cause ?? error) as { message?: string; code?: string }
    const { origin, protocol } = new URL(url)
    // How a port that speaks TLS alone ends what isn't.
    const hint = protocol === 'http:' && code === 'ECONNRESET' ? '; is it at an https URL?' : ''
    throw new Unreachable(`${origin} cannot be reached: ${message || code || String(error)}${hint}`, error)
  }
}

/** The same for the client that the contract makes. */
export async function askJson(url: string, init: RequestInit) {
  const { status, body } = await ask(url, init)
  return { ok: status < 400, status, json: async () => body }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
