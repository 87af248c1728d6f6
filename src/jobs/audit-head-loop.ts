import type { Observe } from '../observe/observation.ts'
import type { AuditHead } from '../store/audit-chain.ts'

export interface AuditHeadLoopOptions {
  intervalMs: number
  /** Where the logs end now. */
  read: () => Promise<AuditHead[]>
  /** Resolves when what was read before would survive a power loss: a head must never tell of rows that can still be lost. */
  untilDurable: () => Promise<void>
  append: (heads: readonly AuditHead[]) => Promise<void>
  observe: Observe
}

/** Notes outside the database how long the audit logs are: at the start, regularly, and at the stop. */
export class AuditHeadLoop {
  readonly #options: AuditHeadLoopOptions
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: AuditHeadLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.#note(), this.#options.intervalMs)
    this.#timer.unref()
    void this.#note()
  }

  /** Reads a last time, from a database that is closed next. The result notes it: to be called once that has been done. */
  async stop(): Promise<() => Promise<void>> {
    this.#isStopped = true
    clearInterval(this.#timer)
    const heads = await this.#orNothing(this.#options.read)
    return async () => void (await this.#orNothing(() => this.#options.append(heads ?? [])))
  }

  async #note(): Promise<void> {
    const { append, read, untilDurable } = this.#options
    await this.#orNothing(async () => {
      const heads = await read()
      await untilDurable()
      if (!this.#isStopped) await append(heads)
    })
  }

  async #orNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#options.observe({ type: 'audit_head_failed', message })
      return undefined
    }
  }
}
