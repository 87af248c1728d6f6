import { type Access, MANAGEMENT_ACCESS, NO_ACCESS, narrowAccess } from '../domain/access.ts'
import type { Actor } from '../domain/actor.ts'
import { loadMemberAccess } from '../store/queries/access.ts'
import type { Db } from '../store/schema.ts'

/** What an actor may, now: a demotion counts from the next call on. */
export async function loadAccess(db: Db, actor: Actor): Promise<Access> {
  switch (actor.kind) {
    case 'management_key':
      return MANAGEMENT_ACCESS
    case 'session':
      return await loadMemberAccess(db, actor.organizationId, actor.userId)
    case 'scim':
      return narrowAccess(MANAGEMENT_ACCESS, ['scim:read', 'scim:write'])
    case 'key':
      return narrowAccess(MANAGEMENT_ACCESS, [], actor.workspaceId)
    case 'anonymous':
      return NO_ACCESS
  }
}
