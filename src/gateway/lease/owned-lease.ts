import type { NanoUsd } from '../../domain/money.ts'

/** What a replica has borrowed from a counter at once. */
export interface OwnedLease {
  readonly id: string
  granted: NanoUsd
  /** Charged by requests that have ended. */
  spent: NanoUsd
  /** Held by requests that run. */
  reserved: NanoUsd
  /** Of `spent`, what the database has. */
  posted: NanoUsd
  /** Nothing may be taken any more: what requests leave of it goes back. */
  isClosed: boolean
  /** Closed, and the database is told that it ends. */
  isFinal: boolean
  /** On the monotonic clock. */
  sentAt: number
}

/** Of all leases of a purse. */
export interface Sums {
  room: NanoUsd
  reserved: NanoUsd
  unposted: NanoUsd
  /** Granted, and not known to be charged. */
  own: NanoUsd
}

export const NO_SUMS: Sums = { room: 0n, reserved: 0n, unposted: 0n, own: 0n }

export function sumsOf(leases: Iterable<OwnedLease>): Sums {
  let [room, reservedInAll, unposted, own] = [0n, 0n, 0n, 0n]
  for (const { granted, isClosed, posted, reserved, spent } of leases) {
    if (!isClosed) room += granted - spent - reserved
    reservedInAll += reserved
    unposted += spent - posted
    own += granted - posted
  }
  return { room, reserved: reservedInAll, unposted, own }
}
