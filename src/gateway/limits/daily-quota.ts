import { windowStart } from '../../domain/windows.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AskDaily } from '../ports.ts'
import { AskTimeout } from './ask-timeout.ts'

/*
 * How many requests of a kind an organization has sent in a UTC day. A process that is alone counts in memory. Several count
 * together where they can: while less than half of a limit is used a replica takes permits in advance, at most 2 % of the
 * limit, and uses them without asking; beyond half it asks for each request. Where nobody answers each replica keeps to its part
 * of the limit, less the same part of what the others had used when it last knew.
 */

const BLOCK_PARTS = 50

export interface DailyQuotaParts {
  clock: Clock
  /** This process's part of a number where processes can't count together. */
  shareOf: (limit: number) => number
  /** Absent where there is nobody to ask. */
  shared?: { ask: AskDaily; isShared: () => boolean; timeoutMs: number }
}

/** Of one bucket on one day. */
interface DayUse {
  day: string
  /** Let through by this process, permits in advance included. */
  own: number
  /** Let through by others, as far as it is known. */
  others: number
  /** Of `own`, what is left of permits that were granted. */
  permits: number
  /** Whether the others can know of all of `own`. */
  isTold: boolean
  /** Who waits for a permit. */
  waiting: number
  asking: Promise<void> | undefined
}

export class DailyQuota {
  readonly #parts: DailyQuotaParts
  readonly #timeout: AskTimeout
  readonly #uses = new Map<string, DayUse>()

  constructor(parts: DailyQuotaParts) {
    this.#parts = parts
    this.#timeout = new AskTimeout(parts.shared?.timeoutMs ?? 0)
  }

  /** Whether one more request is let through today, of at most `limit`; then it counts. Never throws. */
  take(bucket: string, limit: number): boolean | Promise<boolean> {
    const use = this.#useOf(bucket)
    const { shared } = this.#parts
    if (!shared?.isShared()) return this.#takeShare(use, limit)
    const used = use.own + use.others
    if (use.permits > 0 && used <= limit) {
      use.permits -= 1
      return true
    }
    // The true count is no smaller than the one that was seen last.
    return used >= limit ? false : this.#takeShared(bucket, use, limit)
  }

  /** What was let through today, by this process and, as far as they can be asked, by the others. */
  async used(bucket: string): Promise<number> {
    const use = this.#useOf(bucket)
    if (this.#parts.shared?.isShared() === true)
      await this.#ask(bucket, use, { limit: 0, demand: 0, block: 0 }).catch(() => {})
    return use.own + use.others - use.permits
  }

  /** To be called each second. While nothing is counted together it tells what was let through by itself, and before, in case
   *  that was lost; so all of it is known when it is counted together again. Never rejects. */
  async beat(): Promise<void> {
    const isShared = this.#parts.shared?.isShared() === true
    const telling = [...this.#uses].map(async ([bucket, use]) => {
      if (!isShared || !use.isTold) await this.#ask(bucket, use, { limit: 0, demand: 0, block: 0 }).catch(() => {})
    })
    await Promise.all(telling)
  }

  /** What is known to have been let through today before this process began to count. */
  seed(bucket: string, count: number): void {
    const use = this.#useOf(bucket)
    use.others = Math.max(use.others, count)
  }

  #takeShare(use: DayUse, limit: number): boolean {
    if (use.permits > 0) {
      use.permits -= 1
      return true
    }
    if (use.own + this.#parts.shareOf(use.others) >= this.#parts.shareOf(limit)) return false
    use.own += 1
    use.isTold = false
    return true
  }

  /** One question at a time, which stands for all who came meanwhile. */
  async #takeShared(bucket: string, use: DayUse, limit: number): Promise<boolean> {
    const block = Math.max(1, Math.floor(limit / BLOCK_PARTS))
    use.waiting += 1
    try {
      while (use.permits === 0) {
        if (use.own + use.others >= limit) return false
        use.asking ??= this.#ask(bucket, use, { limit, demand: use.waiting, block }).finally(() => {
          use.asking = undefined
        })
        await use.asking
      }
      use.permits -= 1
      return true
    } catch {
      return this.#takeShare(use, limit)
    } finally {
      use.waiting -= 1
    }
  }

  async #ask(bucket: string, use: DayUse, wanted: { limit: number; demand: number; block: number }): Promise<void> {
    const { shared } = this.#parts
    if (shared === undefined) throw new Error('there is nobody to ask')
    const { own, others, day } = use
    const answer = await this.#timeout.within(shared.ask({ bucket: `${bucket}:${day}`, own, others, ...wanted }))
    // Answers may overtake each other, and counts only grow.
    use.own = Math.max(use.own, answer.own)
    use.others = Math.max(use.others, answer.others)
    use.permits += answer.granted
    use.isTold ||= use.own === answer.own
  }

  #useOf(bucket: string): DayUse {
    const day = windowStart('daily', this.#parts.clock.now())
    const known = this.#uses.get(bucket)
    if (known?.day === day) return known
    const fresh: DayUse = { day, own: 0, others: 0, permits: 0, isTold: true, waiting: 0, asking: undefined }
    this.#uses.set(bucket, fresh)
    return fresh
  }
}
