import { minNano, type NanoUsd } from './money.ts'
import { INTERVALS, type Interval } from './windows.ts'

/*
 * What a replica and the database say to each other about leases. Each message may be lost, come twice, late or in another
 * order: a request names what it makes, so that it can be sent again, and an answer can be understood alone.
 */

/** Names one counter. */
export interface CounterAddress {
  scopeKind: string
  scopeId: string
  kind: 'credit' | 'byok'
  interval: Interval
  /** `YYYY-MM-DD`. */
  windowStart: string
}

/** The text of a counter's address. */
export type CounterKey = string

export function counterKeyOf({ scopeKind, scopeId, kind, interval, windowStart }: CounterAddress): CounterKey {
  return `${scopeKind}|${scopeId}|${kind}|${interval}|${windowStart}`
}

const COUNTER_KEY = new RegExp(`^([a-z_]+)\\|(.*)\\|(credit|byok)\\|(${INTERVALS.join('|')})\\|(\\d{4}-\\d\\d-\\d\\d)$`)

/** Throws on a text that `counterKeyOf` doesn't give. */
export function counterAddressOf(key: CounterKey): CounterAddress {
  const [, scopeKind, scopeId, kind, interval, windowStart] = COUNTER_KEY.exec(key) ?? []
  if (scopeKind === undefined || scopeId === undefined || windowStart === undefined)
    throw new Error(`not a counter: ${key}`)
  return { scopeKind, scopeId, kind: kind as 'credit' | 'byok', interval: interval as Interval, windowStart }
}

/** A part of a hold or of a charge, and the lease that it comes from. */
export interface LeasePiece {
  lease: string
  amount: NanoUsd
}

/** The parts of a hold pay one after the other. */
export function chargesOf(pieces: readonly LeasePiece[], cost: NanoUsd): LeasePiece[] {
  const charges: LeasePiece[] = []
  let left = cost
  for (const { lease, amount } of pieces) {
    if (left === 0n) break
    const part = minNano(amount, left)
    left -= part
    if (part > 0n) charges.push({ lease, amount: part })
  }
  return charges
}

/** Part of a grant: what is asked for on one counter. */
export interface LeaseSlice {
  /** Chosen by the replica, never used twice. */
  lease: string
  /** Id of the organization that the counter belongs to. */
  organization: string
  counter: CounterKey
  /** null: the database itself knows the limit, as of a credit pool. */
  limit: NanoUsd | null
  /** The version of the change feed at which the replica read the limit: of two, the newer counts. */
  limitVersion: bigint
  /** What of the limit is there for others only. */
  keep: NanoUsd
  /** A second counter that the limit counts too: the BYOK spend beside the credits, or the other way round. */
  beside: CounterKey | null
  /** What the two may come to; null without a second one. */
  besideLimit: NanoUsd | null
  /** Less than this is of no use; 0 when nobody waits for it. */
  min: NanoUsd
  /** What one request takes. */
  hold: NanoUsd
  /** What all take who wait. */
  need: NanoUsd
  /** What would last for a while: at least `need`. */
  want: NanoUsd
}

interface FromReplica {
  replica: string
  generation: number
}

export type LeaseRequest =
  /** A process begins. `journal` names the record of what the replica has spent: while it is the same, nothing was lost. */
  | { type: 'register'; replica: string; process: string; journal: string }
  /** Still there; extends all leases. `sentAt` comes back as it is. */
  | (FromReplica & { type: 'heartbeat'; sentAt: number })
  /** A slice of each of these counters, or of none. */
  | (FromReplica & { type: 'grant'; ask: string; slices: readonly LeaseSlice[] })
  /** Money not used: of each lease only `to` stays, and where `isFinal` that is charged already and the lease ends. */
  | (FromReplica & { type: 'return'; items: readonly LeaseReturn[] })
  /** Which leases do you think I hold? */
  | (FromReplica & { type: 'list' })
  /** All that earlier processes of this replica have spent, as far as this journal knows, is posted. */
  | (FromReplica & { type: 'recovered' })

export interface LeaseReturn {
  lease: string
  to: NanoUsd
  isFinal: boolean
}

export type LeaseAnswer =
  /** `sentAt` of the heartbeat that it is an answer to. */
  | { type: 'registered'; process: string; generation: number }
  /** `released`: leases that an administrator gave back; `scarce`: counters near their limit of which leases are held. */
  | { type: 'beat'; generation: number; sentAt: number; released: readonly string[]; scarce: readonly CounterKey[] }
  | { type: 'granted'; ask: string; slices: readonly GrantedSlice[]; counters: CounterStates }
  /** `free` is what no lease holds, by lease of the ask. */
  | { type: 'denied'; ask: string; free: ReadonlyMap<string, NanoUsd>; counters: CounterStates }
  /** The leases that have ended. */
  | { type: 'returned'; ended: readonly string[] }
  | { type: 'held'; generation: number; leases: readonly HeldLease[] }
  | { type: 'recovered'; generation: number }
  /** The process of this generation isn't the replica's: another has begun since, or the database has forgotten it. */
  | { type: 'fenced'; generation: number }

/** What there is to know of the counters of an ask, after its answer. */
export type CounterStates = ReadonlyMap<CounterKey, CounterState>

export interface CounterState {
  limit: NanoUsd | null
  settled: NanoUsd
  /** Granted to replicas and not charged yet. */
  leased: NanoUsd
}

export interface HeldLease {
  lease: string
  organization: string
  counter: CounterKey
  granted: NanoUsd
}

export interface GrantedSlice {
  lease: string
  counter: CounterKey
  granted: NanoUsd
  isScarce: boolean
}
