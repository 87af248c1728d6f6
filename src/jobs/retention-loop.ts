import type { Observe } from '../observe/observation.ts'

export interface RetentionLoopOptions {
  intervalMs: number
  /** Deletes what is too old and says how many rows that were. */
  sweep: () => Promise<number>
  /** What is swept, for the operator. */
  what: string
  observe: Observe
}

/** Deletes what has been kept long enough, at the start and regularly, one sweep at a time. */
export class RetentionLoop {
  readonly #options: RetentionLoopOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(options: RetentionLoopOptions) {
    this.#options = options
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.#schedule(this.#options.intervalMs))
    }, delayMs)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    const { observe, sweep, what } = this.#options
    try {
      const count = await sweep()
      if (count > 0) observe({ type: 'retention_swept', what, count })
    } catch (error) {
      observe({ type: 'retention_failed', what, message: error instanceof Error ? error.message : String(error) })
    }
  }
}
