import type { Observe } from '../observe/observation.ts'
import type { Db } from './schema.ts'

/*
 * Tells this replica what changed. Each mutation has written `change` rows under a version taken from the organization's
 * head row, so versions are committed in order; the feed reads what is newer than the last it has seen. It reads when it is
 * notified, every `pollMs` in case a notification was lost, and when someone who has just committed asks it to catch up.
 */

export const CHANGE_CHANNEL = 'switchyard'

export interface Change {
  organizationId: string
  kind: string
  id: string
}

export interface ChangeFeedOptions {
  db: Db
  apply: (changes: readonly Change[]) => Promise<void>
  observe: Observe
  pollMs: number
}

export class ChangeFeed {
  readonly #options: ChangeFeedOptions
  readonly #seen = new Map<string, bigint>()
  #running: Promise<void> | undefined
  #isRequested = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: ChangeFeedOptions) {
    this.#options = options
  }

  /** Notes the versions as they are now. Call it before the snapshot is loaded, so that nothing between the two is missed. */
  async begin(): Promise<void> {
    for (const head of await this.#heads()) this.#seen.set(head.organization_id, head.version)
  }

  startPolling(): void {
    this.#timer = setInterval(() => void this.catchUp().catch(() => {}), this.#options.pollMs)
  }

  stop(): void {
    clearInterval(this.#timer)
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
    for (const { organization_id: organizationId, version } of await this.#heads()) {
      const last = this.#seen.get(organizationId) ?? 0n
      if (version <= last) continue
      const rows = await this.#options.db
        .selectFrom('change')
        .select(['kind', 'id'])
        .where('organization_id', '=', organizationId)
        .where('version', '>', last)
        .where('version', '<=', version)
        .orderBy('version')
        .execute()
      await this.#options.apply(rows.map(({ kind, id }) => ({ organizationId, kind, id })))
      this.#seen.set(organizationId, version)
    }
  }

  #heads() {
    return this.#options.db.selectFrom('organization_head').select(['organization_id', 'version']).execute()
  }
}
