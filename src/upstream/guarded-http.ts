import { isIP } from 'node:net'
import { Agent, request as send } from 'undici'
import { type EgressPolicy, isAddressAllowed, isInOpenedNetwork, isPortAllowed } from '../domain/egress.ts'
import { guardedConnect } from './guarded-connect.ts'
import { type Resolve, resolveForStrangers } from './guarded-lookup.ts'

export interface GuardedRequest {
  method: 'GET' | 'POST' | 'PUT'
  /** `http:` only reaches the private networks that were opened, `https:` also every public address. */
  url: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | undefined
  signal: AbortSignal
}

export interface GuardedAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Sends one request and reads the whole answer. Throws when there is none, or it is too long. */
export type SendGuarded = (request: GuardedRequest) => Promise<GuardedAnswer>

export interface GuardedHttpOptions {
  egress: EgressPolicy
  connectTimeoutMs: number
  /** For the whole exchange. */
  timeoutMs: number
  answerBytesMax: number
  /** Whether `http:` may go to public addresses, too: for what is no secret. */
  allowsPlain?: boolean
  /** In place of the system's. */
  resolve?: Resolve
}

/**
 * Requests to addresses that customers have given: no private network but those that were opened, checked at the connection;
 * no redirects, no retries, no connection kept, and bounds on time and size.
 */
export function createGuardedHttp(options: GuardedHttpOptions): SendGuarded {
  const encrypted = ruleOf((address) => isAddressAllowed(address, false, options.egress), options)
  const plain = ruleOf((address) => isInOpenedNetwork(address, options.egress), options)
  const rules: Record<string, Rule> = { 'https:': encrypted, 'http:': options.allowsPlain === true ? encrypted : plain }
  return async ({ url, signal, ...request }) => {
    const parsed = new URL(url)
    const { protocol, hostname } = parsed
    const rule = rules[protocol]
    if (rule === undefined) throw new Error(`${protocol} is not supported`)
    if (!isPortAllowed(parsed)) throw new Error(`port ${parsed.port} may not be connected to`)
    const host = hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !rule.isAllowed(host)) throw new Error(`${host} may not be connected to`)
    const limited = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)])
    const answer = await send(url, {
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      dispatcher: rule.agent,
      signal: limited,
    })
    const body = await readBounded(answer.body, options.answerBytesMax)
    return { status: answer.statusCode, headers: singleHeaders(answer.headers), body }
  }
}

interface Rule {
  isAllowed: (address: string) => boolean
  agent: Agent
}

function ruleOf(
  isAllowed: Rule['isAllowed'],
  { connectTimeoutMs, resolve = resolveForStrangers }: GuardedHttpOptions,
): Rule {
  const connect = guardedConnect({ isAllowed, timeoutMs: connectTimeoutMs, resolve })
  return { isAllowed, agent: new Agent({ connect, pipelining: 0 }) }
}

async function readBounded(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function singleHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return Object.fromEntries(entries)
}
