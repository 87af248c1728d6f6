import { AppError } from '../domain/app-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { FirstUses } from './first-uses.ts'
import type { Meter } from './lease/meter.ts'
import type { LoadKey } from './ports.ts'
import type { KeySnapshot, Snapshot } from './snapshot/snapshot.ts'

const NEGATIVE_TTL_MS = 5_000
const NEGATIVE_ENTRIES_MAX = 10_000

/** Finds keys by hash: in the snapshot at once, otherwise with one look-up however many ask, whose "no" is kept for 5 s. */
export class KeyDirectory {
  readonly #snapshot: Snapshot
  readonly #meter: Meter
  readonly #load: LoadKey
  readonly #clock: Clock
  readonly #firstUses: FirstUses
  readonly #unknown = new Map<string, number>()
  readonly #running = new Map<string, Promise<KeySnapshot | undefined>>()

  constructor(parts: { snapshot: Snapshot; meter: Meter; load: LoadKey; clock: Clock; firstUses: FirstUses }) {
    this.#snapshot = parts.snapshot
    this.#meter = parts.meter
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
    const lookup = this.#lookUp(hash).finally(() => this.#running.delete(hash))
    this.#running.set(hash, lookup)
    return lookup
  }

  /** Forgets that a key was unknown: it has just been created or changed. */
  forget(hash: string): void {
    this.#unknown.delete(hash)
  }

  async #lookUp(hash: string): Promise<KeySnapshot | undefined> {
    let found: Awaited<ReturnType<LoadKey>>
    try {
      found = await this.#load(hash)
    } catch (cause) {
      throw new AppError('unavailable', 'The key store is not reachable', {}, { cause, retryAfterSeconds: 5 })
    }
    if (found === undefined) {
      this.#remember(hash)
      return undefined
    }
    this.#meter.addKey(found.key.id, found.spend)
    this.#snapshot.putKey(found.key)
    return this.#ifGood(found.key, hash)
  }

  /** An earlier secret is one for a while only. */
  #ifGood(key: KeySnapshot, hash: string): KeySnapshot | undefined {
    if (key.hash === hash) {
      if (key.endsOverlapOnUse) this.#firstUses.note(key)
      return key
    }
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
