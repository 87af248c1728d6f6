/**
 * A real HTTP server on a free loopback port that speaks OpenAI chat completions, responses below `/responses` and messages below `/messages`, and does what
 * it is told, faults included.
 * A request's plan is, in this order: the next queued `script`, the header `x-script`, the text after `?` in the model id
 * (`gpt?fault=reset&chunks=50`), the longest prefix given to `forModel`, the plan given at start.
 */
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { chatAnswer, readChatRequest } from './chat-answer.ts'
import { deliverAnswer } from './deliver-answer.ts'
import { messagesAnswer } from './messages-answer.ts'
import { parsePlan, type ReplyPlan } from './reply-plan.ts'
import { readResponsesRequest, responsesAnswer } from './responses-answer.ts'

export interface RecordedRequest {
  readonly index: number
  readonly method: string
  readonly path: string
  /** As received: names and values alternate, in order, duplicates kept. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly bodyText: string
  /** Undefined when the body isn't JSON. */
  readonly body: unknown
  readonly model: string
  readonly stream: boolean
  /** What a provider would put on its bill for this request so far. */
  readonly billed: { promptTokens: number; completionTokens: number }
  /** `answered`: sent to the end. `cut`: broken off by the upstream. `client-left`: the client closed first. */
  outcome: 'open' | 'answered' | 'cut' | 'client-left'
  /** Milliseconds of `performance.now()`. */
  readonly receivedAtMs: number
  endedAtMs: number | undefined
}

export type Script = ReplyPlan | ((request: RecordedRequest) => ReplyPlan)

export interface ScriptedUpstream {
  readonly port: number
  /** Ends in `/v1`: the `base_url` of a provider. */
  readonly baseUrl: string
  readonly requests: readonly RecordedRequest[]
  /** Requests that weren't HTTP, by the parser's error code. */
  readonly protocolErrors: readonly string[]
  /** Plans that could not be read or carried out; their requests were cut. A test that scripts by text checks that it is empty. */
  readonly scriptErrors: readonly string[]
  /** Queues the plan of the next request that has none queued yet. */
  script(plan: Script): void
  /** Sets the plan of all models whose id begins with `prefix`. */
  forModel(prefix: string, plan: Script): void
  openSocketCount(): number
  openRequestCount(): number
  billedTotal(): { requests: number; promptTokens: number; completionTokens: number }
  /** Resolves when `holds` is true, looking at each event; rejects with `what` and the requests seen after `timeoutMs` (5,000). */
  waitUntil(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>
  /** Forgets requests and scripts, keeps connections. */
  reset(): void
  /** From now on connections are refused; open ones are cut. */
  pause(): Promise<void>
  /** Listens on the same port again. */
  resume(): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const WAIT_TIMEOUT_MS = 5_000

export async function startScriptedUpstream(defaultPlan: Script = {}): Promise<ScriptedUpstream> {
  const upstream = new Upstream(defaultPlan)
  await upstream.listen(0)
  return upstream
}

/** A loopback port on which nothing listens: connecting is refused. */
export async function reserveClosedPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}

class Upstream implements ScriptedUpstream {
  port = 0
  readonly requests: RecordedRequest[] = []
  readonly protocolErrors: string[] = []
  readonly scriptErrors: string[] = []
  readonly #queue: Script[] = []
  readonly #plans = new Map<string, Script>()
  readonly #sockets = new Set<Socket>()
  readonly #events = new EventEmitter().setMaxListeners(0)
  readonly #defaultPlan: Script
  readonly #server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 })
  #openRequests = 0

  constructor(defaultPlan: Script) {
    this.#defaultPlan = defaultPlan
    this.#server.on('connection', (socket) => this.#track(socket))
    this.#server.on('request', (request, response) => void this.#handle(request, response))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code !== 'ECONNRESET') this.protocolErrors.push(error.code ?? error.message)
      socket.destroy()
      this.#changed()
    })
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.port = portOf(this.#server.address())
  }

  script(plan: Script): void {
    this.#queue.push(plan)
  }

  forModel(prefix: string, plan: Script): void {
    this.#plans.set(prefix, plan)
  }

  openSocketCount(): number {
    return this.#sockets.size
  }

  openRequestCount(): number {
    return this.#openRequests
  }

  billedTotal(): { requests: number; promptTokens: number; completionTokens: number } {
    const total = { requests: 0, promptTokens: 0, completionTokens: 0 }
    for (const { billed } of this.requests) {
      total.requests += billed.promptTokens + billed.completionTokens > 0 ? 1 : 0
      total.promptTokens += billed.promptTokens
      total.completionTokens += billed.completionTokens
    }
    return total
  }

  async waitUntil(what: string, holds: () => boolean, timeoutMs = WAIT_TIMEOUT_MS): Promise<void> {
    const stop = new AbortController()
    const changed = new Promise<void>((resolve) => {
      const look = () => {
        if (holds()) resolve()
      }
      this.#events.on('changed', look)
      stop.signal.addEventListener('abort', () => this.#events.off('changed', look))
      look()
    })
    const late = sleep(timeoutMs, 'late', { signal: stop.signal }).catch(() => 'stopped')
    const outcome = await Promise.race([changed, late])
    stop.abort()
    if (outcome !== 'late') return
    const seen = this.requests.map(
      (request) => `${request.method} ${request.path} ${request.model}: ${request.outcome}`,
    )
    throw new Error(`upstream waited ${timeoutMs} ms in vain for: ${what}\n${seen.slice(-20).join('\n')}`)
  }

  reset(): void {
    this.requests.length = 0
    this.protocolErrors.length = 0
    this.scriptErrors.length = 0
    this.#queue.length = 0
    this.#plans.clear()
  }

  async pause(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async resume(): Promise<void> {
    await this.listen(this.port)
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#changed()
    })
    this.#changed()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    try {
      for await (const part of request) parts.push(part)
    } catch {
      this.protocolErrors.push('body cut off by the client')
      return
    }
    const record = this.#record(request, Buffer.concat(parts).toString())
    this.#openRequests++
    let cut = false
    response.on('close', () => {
      this.#openRequests--
      record.outcome = response.writableFinished ? 'answered' : cut ? 'cut' : 'client-left'
      record.endedAtMs = performance.now()
      this.#changed()
    })
    this.#changed()
    if (record.method === 'GET') return answerGet(response)
    const { read, answer: answerAs, idPrefix } = formatAt(record.path)
    const chat = read(record.body)
    const id = `${idPrefix}-scripted-${record.index}`
    const log = {
      billPrompt: (tokens: number) => {
        record.billed.promptTokens += tokens
      },
      billCompletion: (tokens: number) => {
        record.billed.completionTokens += tokens
      },
      cutByUpstream: () => {
        cut = true
      },
    }
    try {
      const plan = this.#planOf(record)
      await deliverAnswer({ response, plan, answer: answerAs(chat, plan, id), stream: chat.stream, log })
    } catch (error) {
      this.scriptErrors.push(String(error))
      response.socket?.destroy()
    }
  }

  #record(request: IncomingMessage, bodyText: string): RecordedRequest {
    const body = parseJson(bodyText)
    const { model, stream } = readChatRequest(body)
    const record: RecordedRequest = {
      index: this.requests.length,
      method: request.method ?? '',
      path: request.url ?? '',
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      bodyText,
      body,
      model,
      stream,
      billed: { promptTokens: 0, completionTokens: 0 },
      outcome: 'open',
      receivedAtMs: performance.now(),
      endedAtMs: undefined,
    }
    this.requests.push(record)
    return record
  }

  #planOf(request: RecordedRequest): ReplyPlan {
    const queued = this.#queue.shift()
    if (queued) return resolve(queued, request)
    const header = request.headers['x-script']
    if (typeof header === 'string') return parsePlan(header)
    const mark = request.model.indexOf('?')
    if (mark >= 0) return parsePlan(request.model.slice(mark + 1))
    const prefixes = [...this.#plans.keys()].filter((prefix) => request.model.startsWith(prefix))
    const longest = prefixes.toSorted((a, b) => b.length - a.length)[0]
    return resolve((longest !== undefined && this.#plans.get(longest)) || this.#defaultPlan, request)
  }

  #changed(): void {
    this.#events.emit('changed')
  }
}

function formatAt(path: string) {
  if (path.endsWith('/responses')) return { read: readResponsesRequest, answer: responsesAnswer, idPrefix: 'resp' }
  if (path.endsWith('/messages')) return { read: readChatRequest, answer: messagesAnswer, idPrefix: 'msg' }
  return { read: readChatRequest, answer: chatAnswer, idPrefix: 'chatcmpl' }
}

function answerGet(response: ServerResponse): void {
  const body = JSON.stringify({ object: 'list', data: [] })
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
}

function resolve(script: Script, request: RecordedRequest): ReplyPlan {
  return typeof script === 'function' ? script(request) : script
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the server has no TCP address')
  return address.port
}
