/** Does the same again and again, at the start and `intervalMs` after each end, never twice at a time. */
export class RepeatLoop {
  readonly #options: { intervalMs: number; run: () => Promise<void>; onFailure: (message: string) => void }
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(options: { intervalMs: number; run: () => Promise<void>; onFailure: (message: string) => void }) {
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
    try {
      await this.#options.run()
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error.message : String(error))
    }
  }
}
