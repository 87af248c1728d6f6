import type { KeyType } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { findKeyRateLimit } from '../../store/queries/members.ts'
import type { ControlContext } from '../context.ts'

/**
 * The rate limit that a key of a member is to have: what their role's template says where nothing is asked for, and never more
 * than that when they ask for themselves. Admins of the workspace set what they like. `null` is the default
 * of the key's type; a team key with it follows what its member's role says at each time.
 */
export async function memberRateLimit(
  context: ControlContext,
  place: { type: KeyType; workspaceId: string | null; ownerUserId: string | null },
  asked: number | null | undefined,
): Promise<number | null> {
  const { ownerUserId, type, workspaceId } = place
  if (workspaceId === null || ownerUserId === null) return asked ?? null
  if (type === 'team' && (asked === undefined || asked === null)) return null
  const cap = await findKeyRateLimit(context.tx, workspaceId, ownerUserId)
  if (cap === null) return asked ?? null
  if (reachIn(context.access, 'key:update', workspaceId) === 'ws') return asked === undefined ? cap : asked
  if (asked === undefined || asked === null) return cap
  if (asked !== 0 && asked <= cap) return asked
  throw new AppError('invalid_request', `rate_limit_rpm: at most ${cap}, which comes with your role in this workspace`)
}
