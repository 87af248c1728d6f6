import type { Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { findHoldingEverywhere } from '../../store/queries/guardrail-assignments.ts'
import { appliesToMember, type GuardrailRow } from '../../store/queries/guardrails.ts'
import { requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'

type GuardrailPermission = Extract<Permission, `guardrail:${string}` | `assignment:${string}`>

/** Lets pass who may do this to this guardrail. To somebody who sees only what is their own, those are their own that apply
 *  to them. Throws `not_found` and `forbidden`. */
export async function requireGuardrail(
  context: ControlContext,
  permission: GuardrailPermission,
  row: Pick<GuardrailRow, 'id' | 'workspace_id'>,
): Promise<void> {
  const { userId } = context.access
  const isNarrow = userId !== null && reachIn(context.access, 'guardrail:read', row.workspace_id) === 'own'
  const isOwn = isNarrow && (await appliesToMember(context.tx, row.id, userId))
  requireIn(context, permission, { workspaceId: row.workspace_id, ownerUserId: isOwn ? userId : null }, 'Guardrail')
}

/** A guardrail that holds in other workspaces, too, is changed by who may change it for all of them. */
export async function requireForAllItHoldsFor(
  context: ControlContext,
  { id }: Pick<GuardrailRow, 'id'>,
): Promise<void> {
  if (isForAll(context) || (await findHoldingEverywhere(context.tx, { id })) === undefined) return
  throw new AppError(
    'forbidden',
    'This guardrail holds in other workspaces, too: for members everywhere, or with a role',
  )
}

/** So does the deletion of a workspace, which takes its guardrails with it. */
export async function requireNoGuardrailElsewhere(context: ControlContext, workspaceId: string): Promise<void> {
  const held = isForAll(context) ? undefined : await findHoldingEverywhere(context.tx, { workspaceId })
  if (held === undefined) return
  throw new AppError(
    'forbidden',
    `The guardrail "${held.name}" of this workspace holds in other workspaces, too: for members everywhere, or with a role`,
    {},
    { metadata: { guardrail_id: held.id } },
  )
}

function isForAll({ access }: ControlContext): boolean {
  return access.organization.has('guardrail:write')
}
