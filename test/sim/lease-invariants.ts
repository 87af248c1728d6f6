import type { CounterRow } from '../../src/domain/lease-authority.ts'
import type { CounterKey } from '../../src/domain/lease-protocol.ts'
import { minNano, type NanoUsd } from '../../src/domain/money.ts'
import { countersOf } from './memory-authority.ts'
import { counterOf, type LimitedScope, type SimReplica, type SimRequest } from './sim-replica.ts'
import type { WorldState } from './world-state.ts'

/** A rule of money that was broken. Its message begins with the name of the rule. */
export class Violation extends Error {}

interface Bound {
  version: bigint
  limit: NanoUsd
  /** The limit, or what was out already when it was lowered. */
  most: NanoUsd
}

/**
 * I1 what providers billed ≤ the limit · I2 settled + leased ≤ the limit · I3 charged ≤ granted, and holds and unposted
 * charges of a replica ≤ its leases · I4 nobody is charged twice · I5 what was billed is settled or leased · I6 nothing is
 * charged to a lease that has ended · I7 a parent has settled what its children have · I8 the ledger is what was settled ·
 * I9 one charge for each generation · I10 settled never falls · L1 in the end all is posted · L2 in the end nothing is
 * leased · L3 when nothing runs, one
 * request can have all that is left.
 */
export class LeaseInvariants {
  readonly #world: WorldState
  readonly #real = new Map<CounterKey, NanoUsd>()
  readonly #padding = new Map<CounterKey, NanoUsd>()
  readonly #bounds = new Map<CounterKey, Bound>()
  readonly #limits = new Map<bigint, NanoUsd>()
  readonly #settled = new Map<CounterKey, NanoUsd>()

  constructor(world: WorldState) {
    this.#world = world
  }

  noteLimit(limit: NanoUsd, version: bigint): void {
    this.#limits.set(version, limit)
    this.checkCounters()
  }

  /** A provider has billed a request; `isRecorded`: at the same time its end came to the journal. */
  bill({ id, cost, hold, chain }: SimRequest, isRecorded: boolean): void {
    this.#world.figures.real += cost
    for (const counter of countersOf({ id, ...scopesOf(chain), creditPool: 'shared' })) {
      this.#real.set(counter, (this.#real.get(counter) ?? 0n) + cost)
      if (!isRecorded) this.#padding.set(counter, (this.#padding.get(counter) ?? 0n) + hold - cost)
    }
  }

  /** After each decision of the database. */
  checkCounters(): void {
    for (const [key, counter] of this.#world.authority.counters) {
      const out = counter.settled + counter.leased
      require(counter.ceiling === null || out <= counter.ceiling, 'I2', `${key} ${out} > ceiling ${counter.ceiling}`)
      const bound = this.#boundOf(key, counter)
      if (bound === undefined) continue
      require(out <= bound.most, 'I2', `${key}: settled ${counter.settled} + leased ${counter.leased} > ${bound.most}`)
      bound.most = out > bound.limit ? out : bound.limit
    }
  }

  check(): void {
    this.checkCounters()
    const { authority } = this.#world
    for (const [key, counter] of authority.counters) this.#checkCounter(key, counter)
    require(authority.chargedLate.length === 0, 'I6', `charged after its end: ${authority.chargedLate[0]}`)
    this.#checkLeases()
    this.#checkTree()
  }

  /** Returns what administrators would have to look at. */
  checkAtRest(): NanoUsd {
    const { authority, replicas, options } = this.#world
    for (const replica of replicas) {
      require(replica.unposted.length === 0, 'L1', `${replica.name} has ${replica.unposted.length} unposted`)
    }
    const isAllKept = options.faults.diskLoss + options.faults.powerLoss === 0
    for (const [id, lease] of authority.leases) {
      require(lease.state !== 'open' && !isAllKept, 'L2', `${id} is ${lease.state}, ${lease.granted} granted`)
    }
    let stuck = 0n
    for (const [id, { granted, charged }] of [...authority.leases]) {
      stuck += granted - charged
      require(authority.release(id), 'L2', `${id} can't be released`)
    }
    for (const [key, { settled, leased, limit, ceiling }] of authority.counters) {
      require(leased === 0n, 'L2', `${key} has ${leased} leased`)
      if (limit !== null) require(ceiling === (settled > limit ? settled : limit), 'L2', `${key}: ceiling ${ceiling}`)
      if (isAllKept) require(this.#realOf(key) <= settled, 'I5', `${key}: billed more than ${settled}`)
    }
    return stuck
  }

  /** What the chain's tightest limit leaves when nothing runs; undefined when it has none. */
  leftOf(chain: readonly LimitedScope[], replica: SimReplica): NanoUsd | undefined {
    const { authority } = this.#world
    const lefts = chain.flatMap((scope) => {
      const key = counterOf(scope, replica.wallNow)
      const { limit } = replica.limitOf(scope)
      if (limit === null) return []
      let left = limit - (authority.counters.get(key)?.settled ?? 0n)
      for (const { counter, state, granted, charged } of authority.leases.values()) {
        if (counter === key && state === 'unconfirmed') left -= granted - charged
      }
      return [left > 0n ? left : 0n]
    })
    return lefts.length === 0 ? undefined : lefts.reduce(minNano)
  }

  /** What was left may have been of a window that has ended since. */
  refusedAtRest({ chain, min }: SimRequest, replica: SimReplica): void {
    const left = this.leftOf(chain, replica) ?? min
    require(left < min, 'L3', `refused ${min} although it was left and nothing ran`)
  }

  #boundOf(key: CounterKey, { limit, limitVersion, settled, leased }: CounterRow): Bound | undefined {
    const known = this.#bounds.get(key)
    if (known === undefined) {
      // Where nothing was ever leased the database has not heard of the limit, which holds all the same.
      const real =
        limit ??
        this.#world.scopes.find((scope) => key.startsWith(`${scope.kind}|${scope.id}|credit|${scope.interval}|`))?.limit
      if (real === null || real === undefined) return undefined
      const first = { version: limitVersion, limit: real, most: real }
      this.#bounds.set(key, first)
      return first
    }
    const told = this.#limits.get(limitVersion)
    if (limitVersion > known.version && told !== undefined) {
      known.version = limitVersion
      known.limit = told
      const out = settled + leased
      // What was out before the change may stay out; a raised limit counts at once.
      known.most = out > known.most ? known.most : out
      if (told > known.most) known.most = told
    }
    return known
  }

  #checkCounter(key: CounterKey, { settled, leased }: CounterRow): void {
    const real = this.#realOf(key)
    const bound = this.#bounds.get(key)
    const before = this.#settled.get(key) ?? 0n
    require(settled >= before, 'I10', `${key}: settled fell from ${before} to ${settled}`)
    this.#settled.set(key, settled)
    require(settled <= real + (this.#padding.get(key) ?? 0n), 'I4', `${key}: settled ${settled}, billed ${real}`)
    require(leased >= 0n, 'I2', `${key}: leased ${leased}`)
    if (bound === undefined) return
    require(real <= bound.most, 'I1', `${key}: billed ${real} > ${bound.most}`)
    require(real <= settled + leased, 'I5', `${key}: billed ${real} > settled ${settled} + leased ${leased}`)
  }

  #checkLeases(): void {
    const { authority, replicas } = this.#world
    const leased = new Map<CounterKey, NanoUsd>()
    for (const [id, { counter, granted, charged, state }] of authority.leases) {
      require(charged >= 0n && charged <= granted, 'I3', `${id}: charged ${charged} of ${granted}`)
      if (state !== 'released') leased.set(counter, (leased.get(counter) ?? 0n) + granted - charged)
    }
    for (const [key, counter] of authority.counters) {
      require(counter.leased === (leased.get(key) ?? 0n), 'I2', `${key}: leased is not the sum of its leases`)
    }
    for (const replica of replicas) this.#checkHolds(replica)
  }

  #checkHolds({ running, unposted }: SimReplica): void {
    const { authority } = this.#world
    const used = new Map<string, NanoUsd>()
    const held = [...running.values()].flatMap((request) => request.held.flat())
    const charges = unposted.flatMap((ended) => (authority.isPosted(ended.id) ? [] : ended.charges))
    for (const { lease, amount } of [...held, ...charges]) used.set(lease, (used.get(lease) ?? 0n) + amount)
    for (const [id, amount] of used) {
      const lease = authority.leases.get(id)
      const left = lease === undefined ? 0n : lease.granted - lease.charged
      require(amount <= left, 'I3', `${id}: ${amount} held or unposted of ${left}`)
    }
  }

  #checkTree(): void {
    const { authority } = this.#world
    const total = (kind: string) => {
      let sum = 0n
      for (const [key, { settled }] of authority.counters) {
        if (key.startsWith(`${kind}|`) && key.includes('|lifetime|')) sum += settled
      }
      return sum
    }
    const organization = total('organization')
    require(organization === total('workspace') && organization === total('key'), 'I7', 'parent and children differ')
    let charged = 0n
    for (const cost of authority.generations.values()) charged += cost
    require(charged === organization, 'I8', `ledger ${charged}, settled ${organization}`)
  }

  #realOf(key: CounterKey): NanoUsd {
    return this.#real.get(key) ?? 0n
  }
}

function scopesOf(chain: SimRequest['chain']): { organizationId: string; workspaceId: string; keyId: bigint } {
  const [organization, workspace, key] = chain
  return { organizationId: organization?.id ?? '', workspaceId: workspace?.id ?? '', keyId: BigInt(key?.id ?? 0) }
}

function require(isKept: boolean, rule: string, message: string): void {
  if (!isKept) throw new Violation(`${rule} ${message}`)
}
