import { AppError } from '../../domain/app-error.ts'
import type { WorkspaceMemberRow } from '../../store/queries/members.ts'

/** 400 when the organization's directory grants one of these memberships: it would only come back. */
export function requireUnmanaged(field: string, members: readonly WorkspaceMemberRow[]): void {
  const managed = members.filter(({ scim_role }) => scim_role !== null).map(({ user_id }) => user_id)
  if (managed.length === 0) return
  throw new AppError(
    'invalid_request',
    `${field}: ${managed.join(', ')}: this membership comes from a SCIM group; change the group or its mapping`,
  )
}
