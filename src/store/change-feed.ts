import type { Observe } from '../observe/observation.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from './schema.ts'

/*
 * Tells this process what changed. Each mutation has written `change` rows under a version taken from the organization's
 * head row, so versions are committed in order; the feed reads what is newer than the last it has seen. It reads when it is
 * notified, from time to time in case a notification was lost, and when someone who has just committed asks it to catch up.
 * Where versions are missing, because they are too old or the database is one from before, everything is read again.
 */

export const CHANGE_CHANNEL = 'switchyard'

export interface Change {
  organizationId: string
  kind: string
  id: string
}

/** What a change of everything that an organization has is called. */
const EVERYTHING = 'everything'

export interface ChangeFeedOptions {
  db: Db
  clock: Clock
  apply: (changes: readonly Change[]) => Promise<void>
  /** Told what this process acts on from now on. */
  onApplied?: (organizationId: string, version: bigint) => void
  observe: Observe
}

export class ChangeFeed {
  readonly #options: ChangeFeedOptions
  readonly #seen = new Map<string, bigint>()
  #running: Promise<void> | undefined
  #isRequested = false
  #contactAt = Number.NEGATIVE_INFINITY

  constructor(options: ChangeFeedOptions) {
    this.#options = options
  }

  /** Notes the versions as they are now. Call it before the snapshot is loaded, so that nothing between the two is missed. */
  async begin(): Promise<void> {
    this.#contactAt = this.#options.clock.monotonic()
    for (const head of await this.#heads()) this.#seen.set(head.organization_id, head.version)
  }

  /** When this process last knew everything that had been committed by then, on the monotonic clock. */
  get contactAt(): number {
    return this.#contactAt
  }

  /** Up to which version what the organization changed is in force here. */
  versionOf(organizationId: string): bigint {
    return this.#seen.get(organizationId) ?? 0n
  }

  /** Resolves when every change committed before the call has been applied here. Failures are observed and thrown. */
  async catchUp(): Promise<void> {
    this.#isRequested = true
    while (this.#running) await this.#running.catch(() => {})
    if (!this.#isRequested) return
    this.#isRequested = false
    this.#running = this.#read().finally(() => {
      this.#running = undefined
    })
    try {
      await this.#running
    } catch (error) {
      this.#options.observe({
        type: 'change_feed_failed',
        message: error instanceof Error ? error.message : String(error),
      })
      throw error
    }
  }

  async #read(): Promise<void> {
    const begin = this.#options.clock.monotonic()
    for (const { organization_id: organizationId, version } of await this.#heads()) {
      const last = this.#seen.get(organizationId) ?? 0n
      if (version === last) continue
      await this.#options.apply(await this.#changes(organizationId, { last, version }))
      this.#seen.set(organizationId, version)
      this.#options.onApplied?.(organizationId, version)
    }
    this.#contactAt = begin
  }

  /** What was changed after `last`, oldest first; the whole organization where that can't be told. */
  async #changes(organizationId: string, { last, version }: { last: bigint; version: bigint }): Promise<Change[]> {
    const rows = await this.#options.db
      .selectFrom('change')
      .select(['version', 'kind', 'id'])
      .where('organization_id', '=', organizationId)
      .where('version', '>', last)
      .where('version', '<=', version)
      .orderBy('version')
      .execute()
    const versions = new Set(rows.map((row) => row.version))
    if (BigInt(versions.size) !== version - last) return [{ organizationId, kind: EVERYTHING, id: organizationId }]
    return rows.map(({ kind, id }) => ({ organizationId, kind, id }))
  }

  #heads() {
    return this.#options.db.selectFrom('organization_head').select(['organization_id', 'version']).execute()
  }
}
