import type { Actor } from '../domain/actor.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { ChangeKind } from '../store/queries/changes.ts'
import type { Tx } from '../store/schema.ts'

/** What a handler may use that needs no database. */
export interface MemoryContext {
  actor: Actor
  now: number
  catalogue: Catalogue
}

/** What a handler may use. There is no other way to the database than `tx`. */
export interface ControlContext extends MemoryContext {
  tx: Tx
  /** Notes that something a replica keeps in memory was changed; written at the end of the transaction. */
  changed: (kind: ChangeKind, id: string, organizationId?: string) => void
}

/** The organization the actor belongs to. Operations that are public don't ask. */
export function organizationOf(context: ControlContext): string {
  if (context.actor.kind === 'anonymous') throw new Error('an anonymous actor has no organization')
  return context.actor.organizationId
}
