import type { NanoUsd } from '../../src/domain/money.ts'
import type { MemoryAuthority } from './memory-authority.ts'
import type { LimitedScope, SimReplica } from './sim-replica.ts'

export interface WorldFaults {
  loss: number
  duplication: number
  delayMsMax: number
  /** Probabilities for each replica and step. */
  partition: number
  kill: number
  /** Of those killed, how many lose the power or the disk. */
  powerLoss: number
  diskLoss: number
  /** Probability for each step. */
  limitChange: number
  /** How far wall clocks are off, at most. */
  clockSkewMs: number
}

export interface Figures {
  admitted: number
  refused: number
  kills: number
  /** Nano-dollars. */
  real: NanoUsd
  stuck: NanoUsd
}

/** What can be seen of a world from outside. */
export interface WorldState {
  readonly options: { readonly faults: WorldFaults }
  readonly authority: MemoryAuthority
  readonly replicas: readonly SimReplica[]
  /** With their limits as they are. */
  readonly scopes: readonly LimitedScope[]
  readonly figures: Figures
  /** Epoch milliseconds. */
  readonly now: number
}
