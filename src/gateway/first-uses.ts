import type { KeySnapshot } from './snapshot/snapshot.ts'

const ENTRIES_MAX = 10_000

/** Keys that were just used with a secret whose use ends the ones before it. Noting is all the hot path does about it; a use
 *  too many is forgotten, and the next one noted. */
export class FirstUses {
  readonly #noted = new Map<string, string>()

  note({ hash, organizationId }: KeySnapshot): void {
    if (this.#noted.size < ENTRIES_MAX) this.#noted.set(hash, organizationId)
  }

  /** What was noted since the last time. */
  take(): { hash: string; organizationId: string }[] {
    if (this.#noted.size === 0) return []
    const uses = [...this.#noted].map(([hash, organizationId]) => ({ hash, organizationId }))
    this.#noted.clear()
    return uses
  }
}
