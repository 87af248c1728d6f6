import { Client, type ClientConfig } from 'pg'
import { ChannelListeners, type NotificationListener } from '../notifications.ts'

const RETRY_DELAY_MS_MIN = 100
const RETRY_DELAY_MS_MAX = 5_000
const PING_INTERVAL_MS = 10_000
const PING_TIMEOUT_MS = 5_000

/**
 * One connection of its own that listens. It is pinged, so that a connection that died without a word is noticed, and made
 * again with growing delays when it is lost; after that each listener is told that it may have missed something.
 */
export class NotificationClient {
  readonly #config: ClientConfig
  readonly #onWarning: (message: string) => void
  readonly #listeners = new ChannelListeners()
  #client: Client | undefined
  #connecting: Promise<Client> | undefined
  #pinging: NodeJS.Timeout | undefined
  #retrying: NodeJS.Timeout | undefined
  #failures = 0
  #isClosed = false

  constructor(config: ClientConfig, onWarning: (message: string) => void) {
    this.#config = config
    this.#onWarning = onWarning
  }

  /** Resolves when notifications sent from now on will arrive, with the function that ends it. */
  async listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>> {
    const isNew = this.#listeners.add(channel, listener)
    const client = this.#client ?? (await this.#connect())
    if (isNew) await client.query(`LISTEN ${channel}`)
    return async () => {
      this.#listeners.remove(channel, listener)
    }
  }

  /** Whether there is a connection that notifications come over. */
  get isListening(): boolean {
    return this.#client !== undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#pinging)
    clearTimeout(this.#retrying)
    await this.#client?.end()
  }

  #connect(): Promise<Client> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #open(): Promise<Client> {
    const client = new Client({ ...this.#config, keepAlive: true, query_timeout: PING_TIMEOUT_MS })
    client.on('error', () => this.#lose(client))
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ channel, payload }) => this.#listeners.notify(channel, payload ?? ''))
    await client.connect()
    for (const channel of this.#listeners.channels()) await client.query(`LISTEN ${channel}`)
    if (this.#isClosed) await client.end()
    this.#client = client
    this.#pinging = setInterval(() => void client.query('SELECT 1').catch(() => this.#lose(client)), PING_INTERVAL_MS)
    this.#pinging.unref()
    return client
  }

  #lose(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#client = undefined
    clearInterval(this.#pinging)
    client.end().catch(() => {})
    this.#retry()
  }

  #retry(): void {
    const delayMs = Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_MIN * 2 ** Math.min(this.#failures, 10))
    this.#retrying = setTimeout(() => void this.#reconnect(), delayMs)
    this.#retrying.unref()
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#connect()
      this.#failures = 0
      this.#listeners.reconnected()
    } catch (error) {
      this.#failures += 1
      const message = error instanceof Error ? error.message : String(error)
      if (this.#failures === 1) this.#onWarning(`the connection for change notifications is lost: ${message}`)
      if (!this.#isClosed) this.#retry()
    }
  }
}
