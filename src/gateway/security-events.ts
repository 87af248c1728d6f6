import { networkOf } from '../domain/ip-ranges.ts'
import type { PostSecurityEvents, SecurityEvent, SecurityEventKind } from './ports.ts'
import type { KeySnapshot } from './snapshot/snapshot.ts'

const MINUTE_MS = 60_000
const FLUSH_DELAY_MS = 1_000
const ENTRIES_MAX = 10_000
const ORIGIN_LENGTH_MAX = 270

export interface Sighting {
  ip: string | null
  /** Epoch milliseconds. */
  now: number
  origin?: string
}

/**
 * Counts what happens around keys that somebody should look at, by key, network and minute, and carries the counts to the
 * database off the request path. Whatever the number of calls, there is one entry for all of a network in a minute; beyond ten
 * thousand entries nothing more is taken until they are posted. A few may be lost in a crash.
 */
export class SecurityEvents {
  readonly #post: PostSecurityEvents
  #counted = new Map<string, SecurityEvent>()
  #timer: NodeJS.Timeout | undefined
  #posting: Promise<void> | undefined
  #isStopped = false

  constructor(post: PostSecurityEvents) {
    this.#post = post
  }

  note(kind: SecurityEventKind, key: KeySnapshot, { ip, now, origin }: Sighting): void {
    const network = networkOf(ip)
    const minute = now - (now % MINUTE_MS)
    const name = `${key.id} ${kind} ${network} ${minute}`
    const known = this.#counted.get(name)
    if (known !== undefined) {
      known.count += 1
      return
    }
    if (this.#isStopped || this.#counted.size >= ENTRIES_MAX) return
    const { id: keyId, organizationId, workspaceId } = key
    const from = origin?.slice(0, ORIGIN_LENGTH_MAX) ?? null
    const event = { kind, keyId, organizationId, workspaceId, network, minute, ip, origin: from, count: 1 }
    this.#counted.set(name, event)
    this.#postSoon()
  }

  /** Posts what is left, without a second try. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#posting
    await this.#run()
  }

  #postSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#posting = this.#run().finally(() => {
        this.#timer = undefined
        if (this.#counted.size > 0 && !this.#isStopped) this.#postSoon()
      })
    }, FLUSH_DELAY_MS)
  }

  async #run(): Promise<void> {
    const counted = this.#counted
    if (counted.size === 0) return
    this.#counted = new Map()
    try {
      await this.#post([...counted.values()])
    } catch {
      this.#putBack(counted)
    }
  }

  #putBack(counted: ReadonlyMap<string, SecurityEvent>): void {
    for (const [name, event] of counted) {
      const newer = this.#counted.get(name)
      if (newer !== undefined) newer.count += event.count
      else if (this.#counted.size < ENTRIES_MAX) this.#counted.set(name, event)
    }
  }
}
