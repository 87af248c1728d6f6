import { AppError } from '../domain/app-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { FirstUses } from './first-uses.ts'
import type { LoadKey } from './ports.ts'
import type { KeySnapshot, Snapshot } from './snapshot/snapshot.ts'

const NEGATIVE_TTL_MS = 5_000
const NEGATIVE_ENTRIES_MAX = 10_000
const LOOKUP_ATTEMPTS_MAX = 5

/** Finds keys by hash: in the snapshot at once, otherwise with one look-up however many ask, whose "no" is kept for 5 s. */
export class KeyDirectory {
  readonly #snapshot: Snapshot
  readonly #load: LoadKey
  readonly #clock: Clock
  readonly #firstUses: FirstUses
  readonly #unknown = new Map<string, number>()
  readonly #running = new Map<string, Promise<KeySnapshot | undefined>>()
  /** The keys that were changed while look-ups ran, each with the number of its last change. */
  readonly #changed = new Map<string, number>()
  #changes = 0

  constructor(parts: { snapshot: Snapshot; load: LoadKey; clock: Clock; firstUses: FirstUses }) {
    this.#snapshot = parts.snapshot
    this.#load = parts.load
    this.#clock = parts.clock
    this.#firstUses = parts.firstUses
  }

  /** A key of the snapshot answers synchronously. Throws `unavailable` when the store can't be asked. */
  find(hash: string): KeySnapshot | undefined | Promise<KeySnapshot | undefined> {
    const known = this.#snapshot.findKey(hash)
    if (known) return this.#ifGood(known, hash)
    const until = this.#unknown.get(hash)
    if (until !== undefined) {
      if (this.#clock.monotonic() < until) return undefined
      this.#unknown.delete(hash)
    }
    const running = this.#running.get(hash)
    if (running) return running
    const lookup = this.#lookUp(hash).finally(() => this.#endLookUp(hash))
    this.#running.set(hash, lookup)
    return lookup
  }

  /** Forgets that a key was unknown: it has just been created or changed. What is being looked up is looked up again. */
  forget(hash: string): void {
    this.#unknown.delete(hash)
    this.#changes += 1
    if (this.#running.size > 0) this.#changed.set(hash, this.#changes)
  }

  /** As `forget`, of every key. */
  forgetAll(): void {
    this.#unknown.clear()
    this.#changes += 1
    for (const hash of this.#running.keys()) this.#changed.set(hash, this.#changes)
  }

  /** Notes that a secret was used, which ends those before it where the key says so. */
  noteUse(key: KeySnapshot, hash: string): void {
    if (key.endsOverlapOnUse && key.hash === hash) this.#firstUses.note(key)
  }

  async #lookUp(hash: string): Promise<KeySnapshot | undefined> {
    const found = await this.#loadUnchanged(hash)
    if (found === undefined) {
      this.#remember(hash)
      return undefined
    }
    this.#snapshot.putKey(found)
    return this.#ifGood(found, hash)
  }

  /** What was read before a change but arrives after it would bring the old state back, a revoked key for one. */
  async #loadUnchanged(hash: string): ReturnType<LoadKey> {
    for (let attempt = 1; ; attempt += 1) {
      const begin = this.#changes
      const isChanged = (named: string) => (this.#changed.get(named) ?? 0) > begin
      try {
        const found = await this.#load(hash)
        if (!isChanged(hash) && !(found && isChanged(found.hash))) return found
      } catch (cause) {
        throw new AppError('unavailable', 'The key store is not reachable', {}, { cause, retryAfterSeconds: 5 })
      }
      if (attempt === LOOKUP_ATTEMPTS_MAX)
        throw new AppError('unavailable', 'The key is being changed; try again', {}, { retryAfterSeconds: 1 })
    }
  }

  #endLookUp(hash: string): void {
    this.#running.delete(hash)
    if (this.#running.size === 0) this.#changed.clear()
  }

  /** An earlier secret is one for a while only. */
  #ifGood(key: KeySnapshot, hash: string): KeySnapshot | undefined {
    if (key.hash === hash) return key
    const now = this.#clock.now()
    return key.retired.some((secret) => secret.hash === hash && secret.validUntil > now) ? key : undefined
  }

  #remember(hash: string): void {
    if (this.#unknown.size >= NEGATIVE_ENTRIES_MAX) {
      const oldest = this.#unknown.keys().next().value
      if (oldest !== undefined) this.#unknown.delete(oldest)
    }
    this.#unknown.set(hash, this.#clock.monotonic() + NEGATIVE_TTL_MS)
  }
}
