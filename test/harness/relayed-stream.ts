import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ChatRequest } from '../../src/dialects/chat-request.ts'
import type { ClientProtocol } from '../../src/dialects/protocol.ts'
import type { DialectName, Endpoint } from '../../src/domain/catalogue.ts'
import type { Trial } from '../../src/domain/endpoint-trials.ts'
import { findSimModel } from '../../src/domain/sim-models.ts'
import { answerWithStream } from '../../src/gateway/handle-inference.ts'
import { type AdmittedRequest, type GatewayParts, Inference } from '../../src/gateway/inference.ts'
import { LargeRequests } from '../../src/gateway/limits/large-requests.ts'
import type { Upstream } from '../../src/gateway/ports.ts'

/*
 * The relay of one stream in this process, between a provider and a caller that are a few lines each.
 */

const REQUEST = { model: 'a/b', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1_000, stream: true }
/** A request in each client protocol that has streams. */
export const STREAM_REQUESTS: Readonly<Record<string, object>> = {
  chat: REQUEST,
  messages: REQUEST,
  completions: { model: 'a/b', prompt: 'Hi', stream: true },
  responses: { model: 'a/b', input: 'Hi', stream: true },
}
const SETTINGS = {
  requestDeadlineMs: 600_000,
  keepAliveCommentMs: 600_000,
  upstreamContentTimeoutMs: 600_000,
  publicUrl: '',
}
const UNWATCHED: Trial = { hasContent() {}, succeeded() {}, failed() {}, undecided() {} }

/** As much of a response as a relay uses. */
export class FakeResponse extends EventEmitter {
  headersSent = false
  destroyed = false
  /** What `write` says: whether there may be more at once. */
  takesMore = true
  text = ''
  writes = 0
  ends = 0

  writeHead(): this {
    this.headersSent = true
    return this
  }

  write(text: string): boolean {
    this.text += text
    this.writes += 1
    return this.takesMore
  }

  end(text = ''): this {
    this.text += text
    this.ends += 1
    return this
  }

  /** The caller goes away. */
  leave(): void {
    this.destroyed = true
    this.emit('close')
  }
}

export interface Relayed {
  response: FakeResponse
  /** Resolves when the inference has ended, with what was thrown before the first byte. */
  ended: Promise<unknown>
  /** What was settled, in nano-dollars, and how often it was recorded: once each. */
  charges: readonly bigint[]
  records: readonly unknown[]
}

export interface RelayWorld {
  protocol: ClientProtocol
  dialect: DialectName
  upstream: Upstream
  /** Default 1. */
  endpointCount?: number
  settings?: Partial<typeof SETTINGS>
  /** Hears how each attempt ends. */
  trial?: Trial
}

export function relayStream(world: RelayWorld): Relayed {
  const { dialect, endpointCount = 1, protocol, settings, trial = UNWATCHED, upstream } = world
  const charges: bigint[] = []
  const records: unknown[] = []
  const settle = (_pieces: unknown, cost: bigint) => {
    charges.push(cost)
    return []
  }
  const parts = {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    snapshot: { findWorkspace: () => undefined },
    settings: { ...SETTINGS, ...settings },
    health: { begin: () => trial, countRequest() {}, mayFallBack: () => true, isBroken: () => false },
    leases: { settle },
    flush: { enqueue() {} },
    journal: { done: async (_segment: unknown, line: unknown) => void records.push(line) },
    observe() {},
    upstream,
  } as unknown as GatewayParts
  const endpoints = Array.from({ length: endpointCount }, (_, at) => endpointOf(dialect, at))
  // Of these as much as a relay uses; a field that is added to the whole has to be thought of here.
  const open = { id: 'gen-1', organizationId: 'o', workspaceId: 'w', keyId: 1n, spendKind: 'credit' }
  const admission = { hold: { amount: 1_000_000_000n, pieces: [] }, cappedTokens: null }
  const admitted: AdmittedRequest = {
    protocol,
    endpoints,
    open: open as unknown as AdmittedRequest['open'],
    openJson: '{}',
    admission: admission as unknown as AdmittedRequest['admission'],
    segment: {} as AdmittedRequest['segment'],
    asked: '',
    conversation: null,
    plugins: { healsAnswers: false } as AdmittedRequest['plugins'],
    caching: null,
    admitFor: () => admission as unknown as AdmittedRequest['admission'],
    admitAgain: null,
    trace: null,
    share: new LargeRequests(1).newShare(),
  }
  const request = requestBy(protocol)
  const response = new FakeResponse()
  const inference = new Inference(parts, request, admitted)
  const recipient = { headers: {}, run: undefined }
  const ended = answerWithStream(inference, response as unknown as ServerResponse, recipient).then(
    () => undefined,
    (error: unknown) => error,
  )
  return { response, ended, charges, records }
}

const PARSED = new Map<string, ChatRequest>()

/** Read once, because many are relayed. */
function requestBy(protocol: ClientProtocol): ChatRequest {
  const known = PARSED.get(protocol.name)
  if (known !== undefined) return known
  const request = protocol.parse(Buffer.from(JSON.stringify(STREAM_REQUESTS[protocol.name])), null)
  PARSED.set(protocol.name, request)
  return request
}

function endpointOf(dialect: DialectName, at: number): Endpoint {
  const endpoint = findSimModel('sim/lorem')?.endpoints[0]
  if (endpoint === undefined) throw new Error('sim/lorem has an endpoint')
  const provider = { ...endpoint.provider, name: `P${at}`, dialect, baseUrl: 'http://upstream.test' }
  return { ...endpoint, id: `endpoint ${at}`, provider }
}
