import type { Clock } from '../../platform/clock.ts'
import type { AnswerStore, CachedAnswer } from '../ports.ts'

/** What an answer takes beside its texts. */
const OVERHEAD_BYTES = 1_000
const BYTES_PER_CHARACTER = 2
const SWEEP_MS = 60_000

interface Kept {
  answer: CachedAnswer
  bytes: number
}

/** Answers in memory, of bounded size: where there is no room those go that were not asked for the longest. */
export class MemoryAnswers implements AnswerStore {
  readonly #clock: Clock
  readonly #bytesMax: number
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>()
  #bytes = 0
  #nextSweep = 0

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock
    this.#bytesMax = bytesMax
  }

  find(id: string): CachedAnswer | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    this.#remove(id, kept)
    if (kept.answer.expiresAt <= this.#clock.now()) return undefined
    this.#put(id, kept)
    return kept.answer
  }

  keep(id: string, answer: CachedAnswer): void {
    const known = this.#kept.get(id)
    if (known !== undefined) this.#remove(id, known)
    const bytes = OVERHEAD_BYTES + lengthOf(answer) * BYTES_PER_CHARACTER
    if (bytes > this.#bytesMax) return
    this.#put(id, { answer, bytes })
    this.#sweep()
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= this.#bytesMax) break
      this.#remove(oldest, kept)
    }
  }

  #put(id: string, kept: Kept): void {
    this.#kept.set(id, kept)
    this.#bytes += kept.bytes
  }

  #remove(id: string, { bytes }: Kept): void {
    this.#kept.delete(id)
    this.#bytes -= bytes
  }

  /** What is over is not kept until its room is needed. */
  #sweep(): void {
    const now = this.#clock.now()
    if (now < this.#nextSweep) return
    this.#nextSweep = now + SWEEP_MS
    for (const [id, kept] of this.#kept) if (kept.answer.expiresAt <= now) this.#remove(id, kept)
  }
}

function lengthOf({ said, text }: CachedAnswer): number {
  return text.length + (said === null ? 0 : JSON.stringify(said).length)
}
