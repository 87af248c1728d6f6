import { RATE_WINDOW_KEPT_MS } from '../../domain/rate-window.ts'

/** State by bucket, forgotten when it was not asked for during one to two lengths of a window. */
export class WindowMap<Key, State> {
  #present = new Map<Key, State>()
  #past = new Map<Key, State>()
  #turnAt = 0

  /** `now` is on a clock that doesn't go back. */
  get(key: Key, now: number): State | undefined {
    if (now >= this.#turnAt) this.#turn(now)
    const state = this.#present.get(key)
    if (state !== undefined) return state
    const older = this.#past.get(key)
    if (older !== undefined) this.set(key, older)
    return older
  }

  *entries(): Iterable<[Key, State]> {
    yield* this.#present
    for (const entry of this.#past) if (!this.#present.has(entry[0])) yield entry
  }

  set(key: Key, state: State): void {
    this.#present.set(key, state)
  }

  #turn(now: number): void {
    const isLongAgo = now >= this.#turnAt + RATE_WINDOW_KEPT_MS
    this.#past = isLongAgo ? new Map() : this.#present
    this.#present = new Map()
    this.#turnAt = now + RATE_WINDOW_KEPT_MS
  }
}
