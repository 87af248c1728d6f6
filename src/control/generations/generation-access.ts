import type { Permission } from '../../contract/common/permissions.ts'
import type { GenerationRow } from '../../store/queries/generations.ts'
import { requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'

/** Lets pass who may read this of a generation: a key for what was made in its workspace (the transaction sees no other),
 *  people as far as their role reaches. Throws `not_found`. */
export function requireGeneration(context: ControlContext, permission: Permission, row: GenerationRow): void {
  if (context.actor.kind === 'key') return
  requireIn(context, permission, { workspaceId: row.workspace_id, ownerUserId: row.user_id }, 'Generation')
}
