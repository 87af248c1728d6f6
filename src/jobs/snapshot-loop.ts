import type { Observe } from '../observe/observation.ts'

export interface SnapshotLoopOptions {
  intervalMs: number
  /** After a management change the next snapshot comes this soon, because only snapshots keep such changes over a power loss. */
  changeDelayMs: number
  /** Takes a snapshot and frees what it makes needless. */
  take: () => Promise<{ tookMs: number; bytes: number }>
  observe: Observe
}

/** Makes durable points of the embedded database, one at a time: regularly, and soon after a management change. */
export class SnapshotLoop {
  readonly #options: SnapshotLoopOptions
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #running: Promise<void> | undefined
  #isStopped = false
  #hasChangedMeanwhile = false
  #waiting: (() => void)[] = []

  constructor(options: SnapshotLoopOptions) {
    this.#options = options
    this.#schedule(options.intervalMs)
  }

  changed(): void {
    // A running snapshot may have been begun before the change.
    if (this.#running) this.#hasChangedMeanwhile = true
    else this.#schedule(this.#options.changeDelayMs)
  }

  /** Resolves when a snapshot that begins from now on has been taken; never when the loop is stopped before. */
  taken(): Promise<void> {
    this.changed()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    const dueAt = performance.now() + delayMs
    if (dueAt >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => {
      this.#running = this.#run()
    }, delayMs)
  }

  async #run(): Promise<void> {
    let tookMs = 0
    const waiting = this.#waiting.splice(0)
    try {
      const result = await this.#options.take()
      tookMs = result.tookMs
      this.#options.observe({ type: 'snapshot_taken', ...result })
      for (const resolve of waiting) resolve()
    } catch (error) {
      this.#waiting.push(...waiting)
      this.#options.observe({
        type: 'snapshot_failed',
        message: error instanceof Error ? error.message : String(error),
      })
    }
    this.#running = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
    // A large database must not spend its time on being copied.
    this.#schedule(Math.max(this.#options.intervalMs, tookMs * 20))
    if (this.#hasChangedMeanwhile) this.#schedule(this.#options.changeDelayMs)
    this.#hasChangedMeanwhile = false
  }
}
