/** Writes one event; its number is the writer's. */
export type Emit = (type: string, fields: Record<string, unknown>) => void

/** One item of output while it grows. */
export interface GrowingItem {
  /** As it is by now, for the whole answer. */
  readonly item: Record<string, unknown>
  /** Ends what is open in it, and it. */
  close(status: 'completed' | 'incomplete'): void
}

/** Where an item stands, and who is told. */
export interface Place {
  id: string
  outputIndex: number
  emit: Emit
}
