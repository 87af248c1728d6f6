import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlerOf, InputOf, OutputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  deleteGuardrailRow,
  findGuardrail,
  findWorkspaceOfDefaultGuardrail,
  type GuardrailRow,
  getGuardrail,
  insertGuardrail,
  updateGuardrailRow,
} from '../../store/queries/guardrails.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'
import { requireForAllItHoldsFor, requireGuardrail } from './guardrail-access.ts'
import { toGuardrailColumns, warningsOf } from './guardrail-columns.ts'
import { loadGuardrailWire } from './load-guardrail-wire.ts'

type Operations = typeof GUARDRAIL_OPERATIONS
type Update = Operations['updateGuardrail']

export const handleCreateGuardrail: HandlerOf<Operations['createGuardrail'], ControlContext> = async (
  input,
  context,
) => {
  const { name, workspace_id, ...settings } = input
  const workspaceId = await workspaceIdOf(workspace_id, context)
  requireIn(context, 'guardrail:write', { workspaceId }, 'Workspace')
  const row = await insert(context, { id: newUuid(), workspaceId, isDefault: false, name }, settings)
  const data = (await loadGuardrailWire(context))(row)
  context.audit({ resource: 'guardrail', id: row.id, workspaceId, after: data })
  return { data, ...warningsOf(settings) }
}

/** The default guardrail of a workspace begins to exist when it is first updated. */
export const handleUpdateGuardrail: HandlerOf<Update, ControlContext> = async (input, context) => {
  const organizationId = organizationOf(context)
  const current = await findGuardrail(context.tx, organizationId, input.id)
  if (current === undefined) return await materialize(input, context)
  await requireGuardrail(context, 'guardrail:write', current)
  await requireForAllItHoldsFor(context, current)
  const { id: _id, name, ...settings } = input
  if (current.is_default) requireDefaultName(name, current.name)
  const row = await updateGuardrailRow(context.tx, current.id, {
    ...toGuardrailColumns(settings, context),
    ...(name === undefined ? {} : { name }),
    updated_at: toIso(context.now),
  })
  context.changed('workspace', row.workspace_id)
  const toWire = await loadGuardrailWire(context)
  const before = toWire(current)
  const data = toWire(row)
  context.audit({ resource: 'guardrail', id: row.id, workspaceId: row.workspace_id, before, after: data })
  return { data, ...warningsOf(settings) }
}

async function materialize(input: InputOf<Update>, context: ControlContext): Promise<OutputOf<Update>> {
  const { id, name, ...settings } = input
  const workspaceId = await findWorkspaceOfDefaultGuardrail(context.tx, organizationOf(context), id)
  if (workspaceId === undefined) throw new AppError('not_found', 'Guardrail not found', { id })
  requireIn(context, 'guardrail:write', { workspaceId }, 'Guardrail')
  const defaultName = `Workspace ${workspaceId} Default`
  requireDefaultName(name, defaultName)
  const row = await insert(context, { id: id.toLowerCase(), workspaceId, isDefault: true, name: defaultName }, settings)
  const data = (await loadGuardrailWire(context))(row)
  context.audit({ resource: 'guardrail', id: row.id, workspaceId, after: data })
  return { data, ...warningsOf(settings) }
}

/** A default guardrail that is deleted restricts nothing any more, until it is updated again. */
export const handleDeleteGuardrail: HandlerOf<Operations['deleteGuardrail'], ControlContext> = async (
  input,
  context,
) => {
  const row = await getGuardrail(context.tx, organizationOf(context), input.id)
  await requireGuardrail(context, 'guardrail:write', row)
  await requireForAllItHoldsFor(context, row)
  await deleteGuardrailRow(context.tx, row.id)
  context.changed('workspace', row.workspace_id)
  const before = (await loadGuardrailWire(context))(row)
  context.audit({ resource: 'guardrail', id: row.id, workspaceId: row.workspace_id, before })
  return { deleted: true }
}

function requireDefaultName(name: string | undefined, defaultName: string): void {
  if (name === undefined || name === defaultName) return
  throw new AppError('invalid_request', 'name: the default guardrail of a workspace cannot be renamed')
}

async function insert(
  context: ControlContext,
  of: { id: string; workspaceId: string; isDefault: boolean; name: string },
  settings: Parameters<typeof toGuardrailColumns>[0],
): Promise<GuardrailRow> {
  const row = await insertGuardrail(context.tx, {
    ...toGuardrailColumns(settings, context),
    id: of.id,
    organization_id: organizationOf(context),
    workspace_id: of.workspaceId,
    is_default: of.isDefault,
    name: of.name,
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  context.changed('workspace', of.workspaceId)
  return row
}
