import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { reachIn } from '../../domain/access.ts'
import { getGuardrail, listGuardrailRows } from '../../store/queries/guardrails.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'
import { toPage } from '../page.ts'
import { requireGuardrail } from './guardrail-access.ts'
import { loadGuardrailWire } from './load-guardrail-wire.ts'

type Operations = typeof GUARDRAIL_OPERATIONS

/** Of one workspace, Default unless another is named; to a Developer those that apply to them. */
export const handleListGuardrails: HandlerOf<Operations['listGuardrails'], ControlContext> = async (input, context) => {
  const workspaceId = await workspaceIdOf(input.workspace_id, context)
  const reach = reachIn(context.access, 'guardrail:read', workspaceId)
  if (reach === undefined) requireIn(context, 'guardrail:read', { workspaceId }, 'Workspace')
  const { rows, total } = await listGuardrailRows(context.tx, organizationOf(context), {
    workspaceId,
    appliesTo: reach === 'own' ? (context.access.userId ?? '') : undefined,
    ...toPage(input),
  })
  const toWire = await loadGuardrailWire(context)
  return { data: rows.map(toWire), total_count: total }
}

export const handleGetGuardrail: HandlerOf<Operations['getGuardrail'], ControlContext> = async (input, context) => {
  const row = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'guardrail:read', row)
  const toWire = await loadGuardrailWire(context)
  return { data: toWire(row) }
}
