import type { Permission } from '../../contract/common/permissions.ts'
import { getKeyOrigin } from '../../store/queries/keys.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'

/** The workspace and the key that a question about usage names, with the ids that usage is stored under. Throws `not_found`
 *  for those that aren't there, that belong to others, or whose usage the actor may not see. */
export async function findUsageScope(
  context: ControlContext,
  permission: Permission,
  input: { workspace_id?: string | undefined; api_key_hash?: string | undefined },
): Promise<{ keyId?: bigint; workspaceId?: string }> {
  const { access, tx } = context
  const organizationId = organizationOf(context)
  const scope: { keyId?: bigint; workspaceId?: string } = {}
  if (input.api_key_hash !== undefined) {
    const key = await getKeyOrigin(tx, organizationId, input.api_key_hash)
    const place = { workspaceId: key.workspace_id, ownerUserId: key.creator_user_id }
    requireIn(context, permission, place, 'API key')
    scope.keyId = key.id
  }
  if (input.workspace_id !== undefined) {
    const { id } = await getLiveWorkspace(tx, organizationId, input.workspace_id)
    requireIn(context, permission, { workspaceId: id, ownerUserId: access.userId }, 'Workspace')
    scope.workspaceId = id
  }
  return scope
}
