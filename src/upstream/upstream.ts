import { isIP } from 'node:net'
import { type Dispatcher, errors, Pool } from 'undici'
import type { Provider } from '../domain/catalogue.ts'
import { type EgressPolicy, isAddressAllowed, isPortAllowed } from '../domain/egress.ts'
import type { Upstream, UpstreamCall, UpstreamFailure, UpstreamReceiver, UpstreamRequest } from '../gateway/ports.ts'
import { guardedConnect } from './guarded-connect.ts'
import { type Resolve, resolveForStrangers } from './guarded-lookup.ts'
import { sendToSim } from './sim/sim.ts'

export interface UpstreamOptions {
  connectTimeoutMs: number
  /** Until the answer's headers. */
  headersTimeoutMs: number
  /** Between two pieces of the answer. */
  idleTimeoutMs: number
  connectionsMax: number
  /** Origins with connections of their own; the oldest is given up for one more. */
  originsMax: number
  egress: EgressPolicy
  /** In place of the system's. */
  resolve?: Resolve
}

/** Behind the origins that the operator has named. */
const TRUSTED = ' trusted'

/** Connections to providers: one pool per origin, addresses checked when they are connected to, no redirects, no retries. */
export class UpstreamPools implements Upstream {
  readonly #options: UpstreamOptions
  readonly #pools = new Map<string, Pool>()
  readonly #routes = new WeakMap<Provider, Route>()

  constructor(options: UpstreamOptions) {
    this.#options = options
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
    if (request.provider.baseUrl.startsWith('sim:')) return sendToSim(request, receiver)
    const call = new HttpCall(receiver)
    const { pool, path, host } = this.#routeTo(request.provider)
    if (pool === undefined) {
      queueMicrotask(() => call.fail({ kind: 'forbidden_address', message: `${host} may not be connected to` }))
      return call
    }
    pool.dispatch(
      {
        method: 'POST',
        path: path + request.path,
        headers: request.headers,
        body: request.body,
        headersTimeout: this.#options.headersTimeoutMs,
        bodyTimeout: this.#options.idleTimeoutMs,
      },
      call,
    )
    return call
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
  }

  /** Where a provider's requests go; found once for each provider of a catalogue, and again when its pool was given up. */
  #routeTo(provider: Provider): Route {
    const known = this.#routes.get(provider)
    if (known && known.pool?.closed !== true) return known
    const base = new URL(provider.baseUrl)
    const host = base.hostname.replace(/^\[|\]$/g, '')
    const isTrusted = provider.isFromConfigFile
    const isForbidden =
      (isIP(host) !== 0 && !isAddressAllowed(host, isTrusted, this.#options.egress)) ||
      (!isTrusted && !isPortAllowed(base))
    const pool = isForbidden ? undefined : this.#poolFor(base.origin, isTrusted)
    const route = { pool, path: base.pathname.replace(/\/$/, ''), host }
    this.#routes.set(provider, route)
    return route
  }

  /** Addresses that come through the API may be many over the years, and cost the operator's own no connection. Requests that are
   *  under way end as they would have. */
  #giveUpOldest(): void {
    if (this.#pools.size <= this.#options.originsMax) return
    const entries = [...this.#pools]
    const oldest = entries.find(([id]) => !id.endsWith(TRUSTED)) ?? entries[0]
    if (oldest === undefined) return
    const [id, pool] = oldest
    this.#pools.delete(id)
    void pool.close().catch(() => {})
  }

  #poolFor(origin: string, isTrusted: boolean): Pool {
    const id = isTrusted ? origin + TRUSTED : origin
    const existing = this.#pools.get(id)
    if (existing) return existing
    const isAllowed = (address: string) => isAddressAllowed(address, isTrusted, this.#options.egress)
    const pool = new Pool(origin, {
      connections: this.#options.connectionsMax,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 300_000,
      connect: guardedConnect({
        isAllowed,
        timeoutMs: this.#options.connectTimeoutMs,
        resolve: this.#options.resolve ?? (isTrusted ? undefined : resolveForStrangers),
      }),
    })
    this.#pools.set(id, pool)
    this.#giveUpOldest()
    return pool
  }
}

interface Route {
  /** Absent when the provider's address may not be connected to. */
  pool: Pool | undefined
  path: string
  host: string
}

class HttpCall implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #receiver: UpstreamReceiver
  #controller: Dispatcher.DispatchController | undefined
  #isOver = false

  constructor(receiver: UpstreamReceiver) {
    this.#receiver = receiver
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller?.abort(new Error('aborted'))
  }

  fail(failure: UpstreamFailure): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#receiver.onFailure(failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('aborted'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (!this.#isOver && status >= 200) this.#receiver.onHeaders(status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver) this.#receiver.onData(chunk)
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#receiver.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(toFailure(error))
  }
}

function toFailure(error: Error): UpstreamFailure {
  // This process stops.
  if (error instanceof errors.ClientDestroyedError) return { kind: 'aborted', message: error.message }
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return { kind: 'timeout', message: error.message }
  }
  if (error instanceof errors.ConnectTimeoutError) return { kind: 'connect', message: 'Connection timed out' }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) {
    return { kind: 'connect', message: code }
  }
  if (error.message.includes('private addresses')) return { kind: 'forbidden_address', message: error.message }
  return { kind: 'reset', message: error.message }
}
