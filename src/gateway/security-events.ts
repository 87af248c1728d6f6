import { networkOf } from '../domain/ip-ranges.ts'
import type { FindFormerKeys, FormerKey, PostSecurityEvents, SecurityEvent, SecurityEventKind } from './ports.ts'

const MINUTE_MS = 60_000
const FLUSH_DELAY_MS = 1_000
const ENTRIES_MAX = 10_000
const ORIGIN_LENGTH_MAX = 270
/** Whoever tries secrets at random fills no more than that. */
const UNKNOWN_MAX = 1_000

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
  readonly #findFormer: FindFormerKeys
  #counted = new Map<string, SecurityEvent>()
  #unknown = new Map<string, { hash: string; sighting: Sighting; count: number }>()
  #timer: NodeJS.Timeout | undefined
  #posting: Promise<void> | undefined
  #isStopped = false

  constructor(post: PostSecurityEvents, findFormer: FindFormerKeys) {
    this.#post = post
    this.#findFormer = findFormer
  }

  note(kind: SecurityEventKind, key: FormerKey, sighting: Sighting): void {
    this.#count(kind, key, { ...sighting, count: 1 })
  }

  /** Notes a secret that is no key's. Whether it was one is found out when counts are posted, so that the answer takes as long as
   *  to any other. */
  noteUnknown(hash: string, { ip, now }: Sighting): void {
    const name = `${hash} ${networkOf(ip)} ${minuteOf(now)}`
    const known = this.#unknown.get(name)
    if (known !== undefined) {
      known.count += 1
      return
    }
    if (this.#isStopped || this.#unknown.size >= UNKNOWN_MAX) return
    this.#unknown.set(name, { hash, sighting: { ip, now }, count: 1 })
    this.#postSoon()
  }

  #count(kind: SecurityEventKind, key: FormerKey, { count, ip, now, origin }: Sighting & { count: number }): void {
    const network = networkOf(ip)
    const minute = minuteOf(now)
    const name = `${key.id} ${kind} ${network} ${minute}`
    const known = this.#counted.get(name)
    if (known !== undefined) {
      known.count += count
      return
    }
    if (this.#isStopped || this.#counted.size >= ENTRIES_MAX) return
    const { id: keyId, organizationId, workspaceId } = key
    const from = origin?.slice(0, ORIGIN_LENGTH_MAX) ?? null
    this.#counted.set(name, { kind, keyId, organizationId, workspaceId, network, minute, ip, origin: from, count })
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
        if (this.#counted.size + this.#unknown.size > 0 && !this.#isStopped) this.#postSoon()
      })
    }, FLUSH_DELAY_MS)
  }

  async #run(): Promise<void> {
    await this.#countFormer()
    const counted = this.#counted
    if (counted.size === 0) return
    this.#counted = new Map()
    try {
      await this.#post([...counted.values()])
    } catch {
      this.#putBack(counted)
    }
  }

  async #countFormer(): Promise<void> {
    const sightings = [...this.#unknown.values()]
    if (sightings.length === 0) return
    this.#unknown = new Map()
    try {
      const former = await this.#findFormer([...new Set(sightings.map(({ hash }) => hash))])
      for (const { count, hash, sighting } of sightings) {
        const key = former.get(hash)
        if (key !== undefined) this.#count('dead_key', key, { ...sighting, count })
      }
    } catch {
      // The database is away, and most of them were nobody's.
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

function minuteOf(now: number): number {
  return now - (now % MINUTE_MS)
}
