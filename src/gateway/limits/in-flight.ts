import type { StateInFlight } from '../ports.ts'
import { AskTimeout } from './ask-timeout.ts'

/** How many requests of a key run at a time. Only keys that have a limit for it are counted. */
export interface ConcurrencyLimiter {
  /** Whether one more may run, of at most `limit`. Who was let in must `leave`. Never throws. */
  enter(keyId: bigint, limit: number): boolean | Promise<boolean>
  leave(keyId: bigint): void
}

/** Requests that run in this process, of which it may have a share only. */
export class InFlight implements ConcurrencyLimiter {
  readonly #counts = new Map<bigint, number>()
  readonly #shareOf: (limit: number) => number

  constructor(shareOf: (limit: number) => number = (limit) => limit) {
    this.#shareOf = shareOf
  }

  enter(keyId: bigint, limit: number): boolean {
    const count = this.countOf(keyId)
    if (count >= this.#shareOf(limit)) return false
    this.#counts.set(keyId, count + 1)
    return true
  }

  leave(keyId: bigint): void {
    const count = this.countOf(keyId) - 1
    if (count > 0) this.#counts.set(keyId, count)
    else this.#counts.delete(keyId)
  }

  countOf(keyId: bigint): number {
    return this.#counts.get(keyId) ?? 0
  }

  keys(): bigint[] {
    return [...this.#counts.keys()]
  }
}

/**
 * Requests that run in all replicas. Each replica states what runs in it: with each request that begins, for which it asks
 * whether that is too many, with each that ends, and once a second, since what a replica has not stated for 15 s is forgotten.
 * Where nobody answers each replica keeps to its share of the limit.
 */
export class SharedInFlight implements ConcurrencyLimiter {
  readonly #own = new InFlight()
  readonly #parts: { state: StateInFlight; isShared: () => boolean; shareOf: (limit: number) => number }
  readonly #timeout: AskTimeout

  constructor(parts: {
    state: StateInFlight
    isShared: () => boolean
    shareOf: (limit: number) => number
    timeoutMs: number
  }) {
    this.#parts = parts
    this.#timeout = new AskTimeout(parts.timeoutMs)
  }

  enter(keyId: bigint, limit: number): boolean | Promise<boolean> {
    if (!this.#parts.isShared()) return this.#own.enter(keyId, this.#parts.shareOf(limit))
    if (!this.#own.enter(keyId, limit)) return false
    return this.#ask(keyId, limit)
  }

  leave(keyId: bigint): void {
    this.#own.leave(keyId)
    void this.#state(keyId)
  }

  /** To be called each second. Never rejects. */
  async beat(): Promise<void> {
    await Promise.all(this.#own.keys().map((keyId) => this.#state(keyId)))
  }

  async #ask(keyId: bigint, limit: number): Promise<boolean> {
    let isLetIn: boolean
    try {
      isLetIn = await this.#timeout.within(this.#parts.state(keyId, this.#own.countOf(keyId), limit))
    } catch {
      isLetIn = this.#own.countOf(keyId) <= this.#parts.shareOf(limit)
    }
    // Several questions at a time have stated each other; this states what is true.
    if (!isLetIn) this.leave(keyId)
    return isLetIn
  }

  async #state(keyId: bigint): Promise<void> {
    // What could not be stated now is stated with the next beat.
    await this.#parts.state(keyId, this.#own.countOf(keyId), null).catch(() => {})
  }
}
