import type { LeasePiece } from '../../domain/lease-protocol.ts'
import type { NanoUsd } from '../../domain/money.ts'

/** Parts of a hold by the counter that they are taken from. */
export type HeldPieces = readonly (readonly LeasePiece[])[]

/** Money that a request holds on each counter of its chain. */
export interface Hold {
  readonly amount: NanoUsd
  readonly pieces: HeldPieces
}
