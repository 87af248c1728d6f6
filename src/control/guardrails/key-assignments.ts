import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  assignKeys,
  findKeyIds,
  listKeyAssignmentRows,
  unassignKeys,
} from '../../store/queries/guardrail-assignments.ts'
import { getGuardrail } from '../../store/queries/guardrails.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { requireGuardrail } from './guardrail-access.ts'
import { keyAssignmentToWire } from './guardrail-wire.ts'

type Operations = typeof GUARDRAIL_OPERATIONS

export const handleListGuardrailKeyAssignments: HandlerOf<
  Operations['listGuardrailKeyAssignments'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:read', guardrail)
  const { rows, total } = await listKeyAssignmentRows(context.tx, organizationOf(context), {
    guardrailId: guardrail.id,
    visible: 'all',
    ...toPage(input),
  })
  return { data: rows.map(keyAssignmentToWire), total_count: total }
}

export const handleListKeyAssignments: HandlerOf<Operations['listKeyAssignments'], ControlContext> = async (
  input,
  context,
) => {
  const { rows, total } = await listKeyAssignmentRows(context.tx, organizationOf(context), {
    visible: visibleIn(context.access, 'assignment:read').workspaceIds,
    ...toPage(input),
  })
  return { data: rows.map(keyAssignmentToWire), total_count: total }
}

/** All or none, because a key that was left out without a word would stay unguarded. */
export const handleBulkAssignKeysToGuardrail: HandlerOf<
  Operations['bulkAssignKeysToGuardrail'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:write', guardrail)
  const hashes = [...new Set(input.key_hashes)]
  const keys = await findKeyIds(context.tx, guardrail.workspace_id, hashes)
  const missing = hashes.filter((hash) => !keys.some((key) => key.hash === hash))
  if (missing.length > 0) {
    throw new AppError(
      'invalid_request',
      `key_hashes: no key of the guardrail's workspace: ${missing.slice(0, 10).join(', ')}`,
    )
  }
  const { id, organization_id, workspace_id } = guardrail
  await assignKeys(
    context.tx,
    { organization_id, workspace_id, guardrail_id: id, assigned_by: context.access.userId },
    keys.map((key) => ({ id: newUuid(), keyId: key.id })),
    context.now,
  )
  for (const { hash } of keys) context.changed('key', hash)
  const after = { key_hashes: hashes }
  context.audit({ resource: 'guardrail_assignment', id, workspaceId: workspace_id, after })
  return { assigned_count: keys.length }
}

/** Counts the keys that had the guardrail; others are left as they are. */
export const handleBulkUnassignKeysFromGuardrail: HandlerOf<
  Operations['bulkUnassignKeysFromGuardrail'],
  ControlContext
> = async (input, context) => {
  const guardrail = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'assignment:write', guardrail)
  const hashes = await unassignKeys(context.tx, guardrail.id, input.key_hashes)
  for (const hash of hashes) context.changed('key', hash)
  const before = { key_hashes: hashes }
  const { id, workspace_id: workspaceId } = guardrail
  context.audit({ resource: 'guardrail_assignment', id, workspaceId, before })
  return { unassigned_count: hashes.length }
}
