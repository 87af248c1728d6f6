import type { DestinationType } from '../../contract/management/destination-types.ts'
import type { BroadcastMetric, Samples } from '../../observe/metrics.ts'
import type { Clock } from '../../platform/clock.ts'
import type { BroadcastTypeStanding } from '../../store/queries/broadcast-bounds.ts'

interface Counts {
  delivered: number
  failures: number
  given_up: number
  dropped: number
}

const NOTHING_YET: Counts = { delivered: 0, failures: 0, given_up: 0, dropped: 0 }

/** What metrics tell of sending to destinations: what this process did, and how all stand as it saw it last. */
export class BroadcastMetrics {
  readonly #clock: Clock
  /** Whether anybody may ask. */
  readonly isRead: boolean
  readonly #counts = new Map<DestinationType, Counts>()
  #standings: readonly BroadcastTypeStanding[] = []

  constructor({ clock, isRead }: { clock: Clock; isRead: boolean }) {
    this.#clock = clock
    this.isRead = isRead
  }

  count(type: DestinationType, more: Partial<Counts>): void {
    const { delivered, dropped, failures, given_up } = this.#counts.get(type) ?? NOTHING_YET
    this.#counts.set(type, {
      delivered: delivered + (more.delivered ?? 0),
      failures: failures + (more.failures ?? 0),
      given_up: given_up + (more.given_up ?? 0),
      dropped: dropped + (more.dropped ?? 0),
    })
  }

  noteStandings(standings: readonly BroadcastTypeStanding[]): void {
    this.#standings = standings
    // So that a counter is there before it counts, and its first step is seen.
    for (const { type } of standings) this.count(type, NOTHING_YET)
  }

  samples(): Pick<Samples, BroadcastMetric> {
    const standing = (value: (of: BroadcastTypeStanding) => number) =>
      this.#standings.map((one) => ({ labels: { type: one.type }, value: value(one) }))
    const count = (name: keyof Counts) =>
      [...this.#counts].map(([type, counts]) => ({ labels: { type }, value: counts[name] }))
    return {
      switchyard_broadcast_waiting: standing(({ waiting }) => waiting),
      switchyard_broadcast_oldest_waiting_seconds: standing(({ oldest_waiting_at: at }) => this.#secondsSince(at)),
      switchyard_broadcast_dead_letters: standing(({ dead }) => dead),
      switchyard_broadcast_failing_destinations: standing(({ failing }) => failing),
      switchyard_broadcast_delivered_total: count('delivered'),
      switchyard_broadcast_failures_total: count('failures'),
      switchyard_broadcast_given_up_total: count('given_up'),
      switchyard_broadcast_dropped_total: count('dropped'),
    }
  }

  #secondsSince(at: number | null): number {
    return at === null ? 0 : Math.max(0, this.#clock.now() - at) / 1_000
  }
}
