import { PERMISSIONS, type Permission } from '../../contract/common/permissions.ts'
import { type Access, reachIn } from '../../domain/access.ts'
import { permissionsOfKey } from '../../domain/key-types.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { listLiveKeysOf } from '../../store/queries/member-changes.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { endSessionsIn } from '../../store/queries/sessions.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { applyKeyFate } from './member-keys.ts'

/*
 * A role that changes ends what its member holds of the one before: every session that works in the organization, but the one
 * that made the change, and each key of a client they approved (OAuth) that carries something they have lost. Whoever stole a
 * session doesn't rise with its owner, and no client gets back what was taken when somebody rises again.
 */

/** Keys of clients, each with what its approver may before the change. */
export type ClientKeys = readonly { userId: string; before: Access; keys: readonly KeyRow[] }[]

/** To be asked before anything changes. */
export async function clientKeysOf(context: ControlContext, userIds: readonly string[]): Promise<ClientKeys> {
  if (userIds.length === 0) return []
  const organizationId = organizationOf(context)
  const live = await listLiveKeysOf(context.tx, { organizationId, userIds })
  const ofClients = live.filter((key) => key.is_of_client && !key.disabled)
  const found = []
  for (const [userId, keys] of Map.groupBy(ofClients, (key) => key.creator_user_id ?? ''))
    found.push({ userId, before: await loadMemberAccess(context.tx, organizationId, userId), keys })
  return found
}

/** Of those whose role in a workspace is another now, or gone. An administrator of the organization has everything in it by
 *  that, whatever their role there: nothing of theirs changes. */
export async function endAfterWorkspaceRole(
  context: ControlContext,
  userIds: readonly string[],
  held: ClientKeys = [],
): Promise<void> {
  const seats = await findOrganizationRoles(context.tx, organizationOf(context), [...new Set(userIds)])
  const members = userIds.filter((userId) => seats.get(userId) !== 'org:admin')
  await endAfterRoleChange(context, members, held)
}

/** Of those whose role is another now. */
export async function endAfterRoleChange(
  context: ControlContext,
  userIds: readonly string[],
  held: ClientKeys,
): Promise<void> {
  for (const userId of new Set(userIds)) await endMemberSessions(context, userId, 'role')
  for (const { before, keys, userId } of held.filter((of) => userIds.includes(of.userId))) {
    const after = await loadMemberAccess(context.tx, organizationOf(context), userId)
    const lost = keys.filter((key) => hasLost(key, before, after))
    await applyKeyFate(context, lost, { to: 'disable' })
  }
}

/** The session that the call comes with goes on. */
export async function endMemberSessions(
  context: ControlContext,
  userId: string,
  reason: 'role' | 'removed',
  organizationId = organizationOf(context),
): Promise<void> {
  const kept = context.actor.kind === 'session' ? context.actor.sessionId : null
  await endSessionsIn(context.tx, organizationId, userId, { kept, reason, now: context.now })
}

/** Whether the key carried something that its approver may no longer, or not as far. */
function hasLost(key: KeyRow, before: Access, after: Access): boolean {
  const given = permissionsOfKey({ ...key, isReadOnly: key.read_only })
  const carried = given.includes('*') ? PERMISSIONS : (given as readonly Permission[])
  return carried.some((permission) => {
    const [was, is] = [before, after].map((access) => reachIn(access, permission, key.workspace_id))
    return was !== undefined && is !== 'ws' && is !== was
  })
}
