import type { Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import type { Actor } from '../../domain/actor.ts'
import { isFullAccess } from '../../domain/key-types.ts'
import type { GenerationRow } from '../../store/queries/generations.ts'
import { missingPermission, requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'

/** Lets pass who may read this of a generation: a key for what was made in its workspace (the transaction sees no other),
 *  people, and keys that may what somebody may, as far as their role reaches. Throws `not_found`. */
export function requireGeneration(
  context: ControlContext,
  permission: Permission,
  row: { workspace_id: string | null; user_id: string | null },
): void {
  const { actor } = context
  if (actor.kind === 'key' && !isFullAccess(actor.type, actor.permissions)) return
  requireIn(context, permission, { workspaceId: row.workspace_id, ownerUserId: row.user_id }, 'Generation')
}

/** Lets pass who may read what was asked and answered: never because it is one's own. Whoever sees that the generation is
 *  there gets `forbidden`, anybody else `not_found`. */
export function requireContent(context: ControlContext, row: GenerationRow): void {
  if (reachIn(context.access, 'io-log:read', row.workspace_id) === 'ws') return
  requireGeneration(context, 'log:read', row)
  throw missingPermission('io-log:read')
}

/** Who says something about a request: the user, or the hash of the key. */
export function authorOf(actor: Actor): string {
  if ('keyHash' in actor) return actor.keyHash
  return 'userId' in actor && actor.userId !== null ? actor.userId : actor.kind
}
