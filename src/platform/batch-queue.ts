const INTERVAL_MS = 500
const ATTEMPTS_MAX = 10
const RETRY_DELAY_MS_MAX = 5_000

export interface BatchQueueOptions<T> {
  /** Puts a batch where it belongs; tried again until it resolves. */
  post: (batch: readonly T[]) => Promise<void>
  /** Told of what was not taken, or given up. */
  onDropped: (count: number, message: string) => void
  /** What is told when the queue had no room. */
  fullMessage: string
  pendingMax: number
  batchMax: number
  /** What an item weighs; nothing where only the number counts. */
  weightOf?: (item: T) => number
  /** Of all that waits. */
  weightMax?: number
}

/**
 * Carries things to where they are kept, in batches, off the path that makes them. For what may be lost in a crash: bounded
 * in number, weight and tries; what is dropped is counted and told.
 */
export class BatchQueue<T> {
  readonly #options: BatchQueueOptions<T>
  readonly #weightMax: number
  #pending: T[] = []
  #weight = 0
  #dropped = 0
  #attempt = 0
  #timer: NodeJS.Timeout | undefined
  #posting: Promise<void> | undefined
  #isStopped = false

  constructor(options: BatchQueueOptions<T>) {
    this.#options = options
    this.#weightMax = options.weightMax ?? 0
  }

  /** Takes an item, or counts it as dropped when there is no room. Never waits. */
  push(item: T): void {
    const weight = this.#weightOf(item)
    const isFull = this.#pending.length >= this.#options.pendingMax || this.#weight + weight > this.#weightMax
    if (this.#isStopped || isFull) {
      this.drop()
      return
    }
    this.#pending.push(item)
    this.#weight += weight
    this.#runSoon()
  }

  /** Counts one that never came in. */
  drop(): void {
    this.#dropped += 1
    this.#runSoon()
  }

  /** Posts the next batch now instead of soon, and resolves when it is through. While batches fail it waits for none. */
  async flush(): Promise<void> {
    while (this.#posting !== undefined) await this.#posting
    if (this.#pending.length === 0 || this.#attempt > 0 || this.#isStopped) return
    clearTimeout(this.#timer)
    this.#run()
    await this.#posting
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#posting
    try {
      for (let batch = this.#batch(); batch.length > 0; batch = this.#batch()) {
        await this.#options.post(batch)
        this.#remove(batch)
      }
    } catch {
      // Where it belongs is away; what is here isn't worth a wait.
    }
  }

  #weightOf(item: T): number {
    return this.#options.weightOf?.(item) ?? 0
  }

  #batch(): readonly T[] {
    return this.#pending.slice(0, this.#options.batchMax)
  }

  #remove(batch: readonly T[]): void {
    this.#pending.splice(0, batch.length)
    for (const item of batch) this.#weight -= this.#weightOf(item)
  }

  #runSoon(): void {
    this.#timer ??= setTimeout(() => this.#run(), INTERVAL_MS)
  }

  #run(): void {
    this.#posting = this.#post().finally(() => {
      this.#posting = undefined
      this.#timer = undefined
      if (this.#pending.length === 0 || this.#isStopped) return
      const delayMs = this.#attempt === 0 ? 0 : Math.min(RETRY_DELAY_MS_MAX, 100 * 2 ** this.#attempt)
      this.#timer = setTimeout(() => this.#run(), delayMs)
    })
  }

  async #post(): Promise<void> {
    const batch = this.#batch()
    let message = this.#options.fullMessage
    try {
      if (batch.length > 0) await this.#options.post(batch)
      this.#remove(batch)
      this.#attempt = 0
    } catch (error) {
      this.#attempt += 1
      if (this.#attempt < ATTEMPTS_MAX) return
      message = error instanceof Error ? error.message : String(error)
      this.#remove(batch)
      this.#dropped += batch.length
      this.#attempt = 0
    }
    if (this.#dropped === 0) return
    this.#options.onDropped(this.#dropped, message)
    this.#dropped = 0
  }
}
