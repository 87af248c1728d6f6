import {
  answerLeaseRequest,
  type CounterRow,
  changeLimit,
  chargeCounter,
  type LeaseRow,
  NEW_COUNTER,
  type ReplicaRow,
  releaseLease,
  rowsOf,
} from '../../src/domain/lease-authority.ts'
import { type CounterKey, counterKeyOf, type LeaseAnswer, type LeaseRequest } from '../../src/domain/lease-protocol.ts'
import type { NanoUsd } from '../../src/domain/money.ts'
import { INTERVALS, type Interval, LIFETIME_START, windowStart } from '../../src/domain/windows.ts'
import { decodeLine } from '../../src/gateway/journal/journal-record.ts'
import type { OpenRecord } from '../../src/gateway/ports.ts'
import { generationIdTime } from '../../src/platform/ids.ts'

const DAY_MS = 86_400_000

/** What the database does with leases and charges, over maps. `authority-equality.test.ts` holds it against the SQL. */
export class MemoryAuthority {
  readonly counters = new Map<CounterKey, CounterRow>()
  /** Those that have not ended. */
  readonly leases = new Map<string, LeaseRow>()
  readonly ended = new Map<string, LeaseRow>()
  readonly replicas = new Map<string, ReplicaRow>()
  /** Posted generations and their charges. */
  readonly generations = new Map<string, NanoUsd>()
  /** Leases that were charged after their end: there must be none. */
  readonly chargedLate: string[] = []

  handle(request: LeaseRequest, now: number): LeaseAnswer {
    const concerned = rowsOf(request)
    const rows = {
      replica: this.replicas.get(request.replica),
      counters: this.counters,
      leases: typeof concerned.leases === 'string' ? this.leases : this.#findLeases(concerned.leases),
      replicaCount: this.replicas.size,
      now,
    }
    const answer = answerLeaseRequest(request, rows)
    if (rows.replica) this.replicas.set(request.replica, rows.replica)
    this.#keep(rows.leases)
    return answer
  }

  /** Posts lines of ends as the journal has them. */
  post(lines: readonly string[], isTwice = false): void {
    for (const line of lines) {
      if (!isTwice && this.isPosted(/gen-\d+-\w+/.exec(line)?.[0] ?? '')) continue
      const entry = decodeLine(line.trimEnd())
      if (entry?.type !== 'done') throw new Error(`not an end: ${line}`)
      const { id, cost, byokCost, charges } = entry.record
      this.generations.set(id, cost)
      const amount = entry.record.spendKind === 'byok' ? byokCost : cost
      const pieces = (charges ?? []).map((piece) => ({ piece, lease: this.#leaseOf(piece.lease) }))
      for (const key of countersOf(entry.record)) {
        chargeCounter(
          this.#counter(key),
          amount,
          pieces.filter(({ lease }) => lease.counter === key),
        )
      }
    }
  }

  isPosted(id: string): boolean {
    return this.generations.has(id)
  }

  /** Of a pool, of which no replica tells it. */
  setLimit(key: CounterKey, limit: NanoUsd): void {
    changeLimit(this.#counter(key), limit, 0n)
  }

  /** Of replicas that were last seen before `seenBefore`. */
  suspend(seenBefore: number): void {
    for (const lease of this.leases.values()) {
      const seenAt = this.replicas.get(lease.replica)?.seenAt ?? 0
      if (lease.state === 'open' && seenAt < seenBefore) lease.state = 'unconfirmed'
    }
  }

  release(id: string): boolean {
    const lease = this.leases.get(id)
    return lease !== undefined && releaseLease(lease, this.#counter(lease.counter))
  }

  #counter(key: CounterKey): CounterRow {
    const existing = this.counters.get(key)
    if (existing) return existing
    const created = { ...NEW_COUNTER }
    this.counters.set(key, created)
    return created
  }

  #findLeases(ids: readonly string[]): Map<string, LeaseRow> {
    return new Map(
      ids.flatMap((id) => {
        const lease = this.leases.get(id) ?? this.ended.get(id)
        return lease ? [[id, lease] as const] : []
      }),
    )
  }

  #leaseOf(id: string): LeaseRow {
    const lease = this.leases.get(id) ?? this.ended.get(id)
    if (lease === undefined) throw new Error(`charged to an unknown lease ${id}`)
    if (lease.state === 'ended') this.chargedLate.push(id)
    return lease
  }

  #keep(leases: ReadonlyMap<string, LeaseRow>): void {
    for (const [id, lease] of leases) {
      if (lease.state === 'ended') {
        this.leases.delete(id)
        this.ended.set(id, lease)
      } else this.leases.set(id, lease)
    }
  }
}

/** Each counter in which a generation counts. */
export function countersOf(
  record: Pick<OpenRecord, 'id' | 'organizationId' | 'workspaceId' | 'keyId'> & Partial<OpenRecord>,
): CounterKey[] {
  const { creditPool, id, keyId, organizationId, projectId, spendKind: kind = 'credit', userId, workspaceId } = record
  const at = generationIdTime(id)
  if (at === undefined) throw new Error(`not a generation id: ${id}`)
  const scopes = [
    ['organization', organizationId],
    ['workspace', workspaceId],
    ['key', keyId.toString()],
    ...(projectId ? [['project', projectId]] : []),
    ...(userId
      ? [
          ['member', `${workspaceId}/${userId}`],
          ['organization_member', `${organizationId}/${userId}`],
        ]
      : []),
  ]
  const windows = windowsAt(at)
  const counters = scopes.flatMap(([scopeKind = '', scopeId = '']) =>
    windows.map((window) => counterKeyOf({ scopeKind, scopeId, kind, ...window })),
  )
  if (creditPool === undefined || kind === 'byok') return counters
  const scopeId = creditPool === 'shared' ? `organization:${organizationId}` : `workspace:${workspaceId}`
  const whole = { interval: 'lifetime', windowStart: LIFETIME_START } as const
  return [...counters, counterKeyOf({ scopeKind: 'pool', scopeId, kind, ...whole })]
}

const windowsOfDay = new Map<number, { interval: Interval; windowStart: string }[]>()

export function windowsAt(ms: number): { interval: Interval; windowStart: string }[] {
  const day = Math.floor(ms / DAY_MS)
  const known = windowsOfDay.get(day)
  if (known) return known
  const windows = INTERVALS.map((interval) => ({ interval, windowStart: windowStart(interval, ms) }))
  windowsOfDay.set(day, windows)
  return windows
}
