import type {
  CounterKey,
  CounterStates,
  GrantedSlice,
  LeaseAnswer,
  LeasePiece,
  LeaseRequest,
  LeaseReturn,
  LeaseSlice,
} from './lease-protocol.ts'
import { maxNano, minNano, type NanoUsd } from './money.ts'

/*
 * What the database decides about leases, on rows that the caller has locked: counters in one fixed order, so that no two
 * wait for each other. Settled plus leased money of a counter stays within its ceiling; the ceiling is its limit, or while
 * more than a lowered limit is out already, that. Money comes back from a lease only by the word of the process that holds
 * it, of a later one with the same journal, or of an administrator: time alone gives nothing back.
 */

/** While less than this many usual holds are free for each replica, leases are of what is waited for. */
const SCARCE_HOLDS = 4n

export interface CounterRow {
  settled: NanoUsd
  leased: NanoUsd
  limit: NanoUsd | null
  limitVersion: bigint
  ceiling: NanoUsd | null
  /** Near its limit: what is leased and not held should come back. */
  isScarce: boolean
}

export interface LeaseRow {
  organization: string
  counter: CounterKey
  replica: string
  generation: number
  journal: string
  granted: NanoUsd
  charged: NanoUsd
  /** `unconfirmed`: nobody who could know says what was spent; `released`: given back by an administrator. */
  state: 'open' | 'unconfirmed' | 'released' | 'ended'
}

export interface ReplicaRow {
  generation: number
  process: string
  journal: string
  /** Epoch milliseconds on the database's clock. */
  seenAt: number
}

/** Everything that a request concerns. What is decided is written into it. */
export interface LeaseRows {
  /** Of the replica that asks. */
  replica: ReplicaRow | undefined
  counters: Map<CounterKey, CounterRow>
  leases: Map<string, LeaseRow>
  /** Replicas that share the counters. */
  replicaCount: number
  /** Epoch milliseconds. */
  now: number
}

export const NEW_COUNTER: Readonly<CounterRow> = {
  settled: 0n,
  leased: 0n,
  limit: null,
  limitVersion: 0n,
  ceiling: null,
  isScarce: false,
}

/** Decides, and writes what is decided into `rows`, which hold what `rowsOf` names. */
export function answerLeaseRequest(request: LeaseRequest, rows: LeaseRows): LeaseAnswer {
  if (request.type === 'register') return register(request, rows)
  const { replica } = rows
  if (replica === undefined || replica.generation !== request.generation) {
    return { type: 'fenced', generation: request.generation }
  }
  switch (request.type) {
    case 'heartbeat':
      return beat(request, replica, rows)
    case 'grant':
      return grant(request, replica, rows)
    case 'return':
      return takeBack(request, rows)
    case 'list':
      return { type: 'held', generation: request.generation, leases: openLeasesOf(request, rows) }
    case 'recovered':
      return endEarlier(request, replica, rows)
  }
}

/** The leases and counters that a request concerns; besides those named, the counters of these leases. */
export function rowsOf(request: LeaseRequest): {
  leases: 'all that have not ended' | readonly string[]
  counters: readonly CounterKey[]
} {
  if (request.type === 'grant') {
    const counters = request.slices.flatMap(({ counter, beside }) => (beside === null ? [counter] : [counter, beside]))
    return { leases: request.slices.map(({ lease }) => lease), counters }
  }
  const leases = request.type === 'return' ? request.items.map(({ lease }) => lease) : 'all that have not ended'
  return { leases, counters: [] }
}

type Of<Type extends LeaseRequest['type']> = Extract<LeaseRequest, { type: Type }>

/** Each process gets a generation of its own; what an earlier one held and can't be told any more becomes unconfirmed. */
function register(request: Of<'register'>, rows: LeaseRows): LeaseAnswer {
  const { process, journal } = request
  const generation = rows.replica?.generation ?? 0
  if (rows.replica?.process === process) return { type: 'registered', process, generation }
  rows.replica = { generation: generation + 1, process, journal, seenAt: rows.now }
  for (const lease of rows.leases.values()) {
    if (lease.replica !== request.replica || lease.state !== 'open' || lease.journal === journal) continue
    lease.state = lease.charged === lease.granted ? 'ended' : 'unconfirmed'
  }
  return { type: 'registered', process, generation: generation + 1 }
}

function beat(request: Of<'heartbeat'>, replica: ReplicaRow, rows: LeaseRows): LeaseAnswer {
  replica.seenAt = rows.now
  const released: string[] = []
  const scarce = new Set<CounterKey>()
  for (const [id, lease] of leasesOf(request, rows)) {
    if (lease.state === 'unconfirmed') lease.state = 'open'
    if (lease.state === 'released') released.push(id)
    if (lease.state === 'open' && rows.counters.get(lease.counter)?.isScarce) scarce.add(lease.counter)
  }
  return { type: 'beat', generation: request.generation, sentAt: request.sentAt, released, scarce: [...scarce] }
}

function grant(request: Of<'grant'>, replica: ReplicaRow, rows: LeaseRows): LeaseAnswer {
  const { ask, slices } = request
  if (slices.some(({ lease }) => rows.leases.has(lease))) return repeatGrant(request, rows)
  const amounts = slices.map((slice) => sliceAmount(slice, rows))
  if (slices.some(({ min }, at) => (amounts[at] ?? 0n) < min)) {
    const free = new Map(slices.map((slice) => [slice.lease, maxNano(0n, freeFor(slice, rows))]))
    return { type: 'denied', ask, free, counters: statesOf(request, rows) }
  }
  const of = { replica: request.replica, generation: request.generation, journal: replica.journal }
  const granted = slices.flatMap(({ lease, organization, counter: key }, at): GrantedSlice[] => {
    const amount = amounts[at] ?? 0n
    if (amount === 0n) return []
    const counter = counterIn(rows, key)
    counter.leased += amount
    rows.leases.set(lease, { ...of, organization, counter: key, granted: amount, charged: 0n, state: 'open' })
    return [{ lease, counter: key, granted: amount, isScarce: counter.isScarce }]
  })
  return { type: 'granted', ask, slices: granted, counters: statesOf(request, rows) }
}

function statesOf(request: Of<'grant'>, rows: LeaseRows): CounterStates {
  const { counters } = rowsOf(request)
  return new Map(
    counters.map((key) => {
      const { limit, settled, leased } = counterIn(rows, key)
      return [key, { limit, settled, leased }]
    }),
  )
}

/** To an ask that came before: the same answer, as far as it still holds. */
function repeatGrant(request: Of<'grant'>, rows: LeaseRows): LeaseAnswer {
  const { ask, slices } = request
  const granted = slices.flatMap(({ lease: id, counter }): GrantedSlice[] => {
    const lease = rows.leases.get(id)
    if (lease?.state !== 'open') return []
    const isScarce = rows.counters.get(counter)?.isScarce ?? false
    return [{ lease: id, counter, granted: lease.granted, isScarce }]
  })
  return { type: 'granted', ask, slices: granted, counters: statesOf(request, rows) }
}

/**
 * How much a slice gets of its counter: never more than half of what is free unless less would be of no use, and near the limit
 * only what those take who wait. 0 when it gets nothing. Notes on the counter what the limit is and whether it is near.
 */
function sliceAmount(slice: LeaseSlice, rows: LeaseRows): NanoUsd {
  const counter = counterIn(rows, slice.counter)
  if (slice.limit !== null) changeLimit(counter, slice.limit, slice.limitVersion)
  const free = freeFor(slice, rows)
  counter.isScarce = free < SCARCE_HOLDS * BigInt(Math.max(1, rows.replicaCount)) * slice.hold
  if (free <= 0n || free < slice.min || (counter.isScarce && slice.min === 0n)) return 0n
  const wanted = counter.isScarce ? slice.need : slice.want
  return minNano(wanted, maxNano(free / 2n, slice.min))
}

/** What nobody has of what a slice may come from; below 0 where a limit was lowered since. */
function freeFor({ counter: key, keep, beside, besideLimit }: LeaseSlice, rows: LeaseRows): NanoUsd {
  const counter = counterIn(rows, key)
  const out = counter.settled + counter.leased
  // A credit pool of which nothing is known has nothing in it.
  const free = (counter.limit ?? 0n) - keep - out
  if (beside === null || besideLimit === null) return free
  const second = counterIn(rows, beside)
  return minNano(free, besideLimit - keep - out - second.settled - second.leased)
}

/** Sets a limit that was read at `version`, unless a newer one is known. Raised it counts at once; lowered, what is out
 *  already is let be. */
export function changeLimit(counter: CounterRow, limit: NanoUsd | null, version: bigint): void {
  if (version < counter.limitVersion) return
  counter.limit = limit
  counter.limitVersion = version
  fitCeiling(counter)
}

function fitCeiling(counter: CounterRow): void {
  const out = counter.settled + counter.leased
  counter.ceiling = counter.limit === null || counter.limit > out ? counter.limit : out
}

function takeBack(request: Of<'return'>, rows: LeaseRows): LeaseAnswer {
  const ended: string[] = []
  for (const item of request.items) {
    const lease = rows.leases.get(item.lease)
    if (lease === undefined || lease.state === 'ended') ended.push(item.lease)
    else if (lease.replica === request.replica && lease.generation === request.generation) {
      if (takeBackFrom(lease, item, rows)) ended.push(item.lease)
    }
  }
  return { type: 'returned', ended }
}

function takeBackFrom(lease: LeaseRow, { to, isFinal }: LeaseReturn, rows: LeaseRows): boolean {
  if (isFinal && lease.charged !== to) return false
  if (to >= lease.charged && to < lease.granted) shrinkLease(lease, to, rows)
  if (isFinal) lease.state = 'ended'
  return isFinal
}

/** What is free again is no longer leased; a released lease holds nothing already. */
function shrinkLease(lease: LeaseRow, to: NanoUsd, rows: LeaseRows): void {
  if (lease.state === 'open' || lease.state === 'unconfirmed') {
    const counter = counterIn(rows, lease.counter)
    counter.leased -= lease.granted - to
    fitCeiling(counter)
  }
  lease.granted = to
}

/** An intact journal of which everything is posted proves what its earlier processes left unspent. */
function endEarlier(request: Of<'recovered'>, replica: ReplicaRow, rows: LeaseRows): LeaseAnswer {
  for (const lease of rows.leases.values()) {
    const isEarlier = lease.replica === request.replica && lease.generation < request.generation
    if (!isEarlier || lease.journal !== replica.journal || lease.state === 'ended') continue
    if (lease.charged < lease.granted) shrinkLease(lease, lease.charged, rows)
    lease.state = 'ended'
  }
  return { type: 'recovered', generation: request.generation }
}

/** Gives back what is left of an unconfirmed lease, by the word of an administrator; false when it isn't one. */
export function releaseLease(lease: LeaseRow, counter: CounterRow): boolean {
  if (lease.state !== 'unconfirmed') return false
  counter.leased -= lease.granted - lease.charged
  fitCeiling(counter)
  lease.state = 'released'
  return true
}

/** Charges `amount` on a counter, of which `pieces` come from leases. What no lease covers may lift it over its limit:
 *  it was spent before there was one, or after its lease was released. */
export function chargeCounter(
  counter: CounterRow,
  amount: NanoUsd,
  pieces: readonly { piece: LeasePiece; lease: LeaseRow }[],
): void {
  counter.settled += amount
  for (const { piece, lease } of pieces) {
    const isHeld = lease.state === 'open' || lease.state === 'unconfirmed'
    const left = lease.granted - lease.charged
    if (isHeld) counter.leased -= piece.amount < left ? piece.amount : left
    lease.charged += piece.amount
    if (lease.charged > lease.granted) lease.granted = lease.charged
  }
  if (counter.ceiling !== null && counter.settled + counter.leased > counter.ceiling) fitCeiling(counter)
}

function counterIn(rows: LeaseRows, key: CounterKey): CounterRow {
  const existing = rows.counters.get(key)
  if (existing) return existing
  const created = { ...NEW_COUNTER }
  rows.counters.set(key, created)
  return created
}

function leasesOf({ replica, generation }: { replica: string; generation: number }, rows: LeaseRows) {
  return [...rows.leases].filter(([, lease]) => lease.replica === replica && lease.generation === generation)
}

function openLeasesOf(request: Of<'list'>, rows: LeaseRows) {
  return leasesOf(request, rows)
    .filter(([, { state }]) => state === 'open')
    .map(([lease, { organization, counter, granted }]) => ({ lease, organization, counter, granted }))
}
