import type { Observe } from '../observe/observation.ts'
import type { SendGuarded } from '../upstream/guarded-http.ts'

/** After a failure it is tried again no later than that. */
const RETRY_MS = 900_000

export interface CatalogueRefreshOptions {
  url: string
  intervalMs: number
  send: SendGuarded
  /** Takes what was fetched over. Resolves to why it may not be, in words; to none when it was. */
  take: (text: string) => Promise<readonly string[]>
  observe: Observe
}

/** Fetches models and prices at the start and then once in an interval. What can't be had or may not be taken is told, and
 *  changes nothing. */
export class CatalogueRefreshLoop {
  readonly #options: CatalogueRefreshOptions
  readonly #stopped = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isFailing = false

  constructor(options: CatalogueRefreshOptions) {
    this.#options = options
  }

  /** Whether the last try failed. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    const problems = await this.#refresh().catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ])
    if (this.#stopped.signal.aborted) return
    this.#isFailing = problems.length > 0
    if (this.#isFailing) this.#options.observe({ type: 'catalogue_refresh_failed', problems })
    const { intervalMs } = this.#options
    this.#timer = setTimeout(() => this.start(), this.#isFailing ? Math.min(RETRY_MS, intervalMs) : intervalMs)
    this.#timer.unref()
  }

  async #refresh(): Promise<readonly string[]> {
    const { url, send, take } = this.#options
    const headers = { accept: 'application/json' }
    const { status, body } = await send({ method: 'GET', url, headers, signal: this.#stopped.signal })
    return status === 200 ? await take(body.toString('utf8')) : [`${new URL(url).host} answered with status ${status}`]
  }
}
