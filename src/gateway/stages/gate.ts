import type { KeyDirectory } from '../key-directory.ts'
import type { SecurityEvents } from '../security-events.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** What a key is judged by. */
export interface Gate {
  keys: KeyDirectory
  snapshot: Snapshot
  /** Whether what it knows is too old to let anybody in. */
  isCutOff: () => boolean
  security: SecurityEvents
  /** Of this installation itself. */
  publicUrl: string
}

/** A credential as it was presented. */
export interface Presented {
  /** SHA-256 of the secret. */
  hash: string
  /** Where it was sent from; null where that isn't known. */
  ip: string | null
  /** Epoch milliseconds. */
  now: number
}
