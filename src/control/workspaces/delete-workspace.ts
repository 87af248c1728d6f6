import type { deleteWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { deleteAlertChannelsOfWorkspace } from '../../store/queries/alert-channels.ts'
import { deleteAlertRulesOfWorkspace } from '../../store/queries/alert-rules.ts'
import { deleteBroadcastsOfWorkspace } from '../../store/queries/broadcast-state.ts'
import { deleteBudgetsOfWorkspace } from '../../store/queries/budgets.ts'
import { deleteByokKeysOfWorkspace } from '../../store/queries/byok.ts'
import { removeWorkspaceFromProviders } from '../../store/queries/custom-providers.ts'
import { disableDestinations } from '../../store/queries/destinations.ts'
import { deleteContentsOfWorkspace } from '../../store/queries/generation-content.ts'
import { deleteGuardrailsOfWorkspace } from '../../store/queries/guardrails.ts'
import { disableInferenceKeys } from '../../store/queries/keys.ts'
import { deletePaymentMethodsOfWorkspace } from '../../store/queries/payment-methods.ts'
import { deletePresetsOfWorkspace } from '../../store/queries/presets.ts'
import { deleteProjectsOfWorkspace } from '../../store/queries/projects.ts'
import { deleteMappingsOfWorkspace } from '../../store/queries/scim-groups.ts'
import { countLiveKeys, getLiveWorkspace, updateWorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireNoGuardrailElsewhere } from '../guardrails/guardrail-access.ts'
import { requireEmptyPool } from './workspace-funding.ts'
import { workspaceToWire } from './workspace-wire.ts'

/** A workspace takes its guardrails with it. The Default one goes only on explicit confirmation, and then takes its keys' life
 *  with it; any other only empty of keys. */
export const handleDeleteWorkspace: HandlerOf<typeof deleteWorkspace, ControlContext> = async (input, context) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'workspace:delete', { workspaceId: workspace.id }, 'Workspace')
  if (workspace.is_default) {
    if (input.confirm_default_workspace_deletion !== true) {
      throw new AppError(
        'forbidden',
        'The default workspace is deleted only with confirm_default_workspace_deletion=true',
      )
    }
    const hashes = await disableInferenceKeys(context.tx, workspace.id, context.now)
    for (const hash of hashes) context.changed('key', hash)
  } else {
    const keys = await countLiveKeys(context.tx, workspace.id)
    if (keys > 0) throw new AppError('invalid_request', `The workspace still has ${keys} API keys; delete them first`)
  }
  await requireEmptyPool(workspace, context)
  await requireNoGuardrailElsewhere(context, workspace.id)
  await deletePresetsOfWorkspace(context.tx, workspace.id, toIso(context.now))
  await deleteProjectsOfWorkspace(context.tx, workspace.id, toIso(context.now))
  await deleteBudgetsOfWorkspace(context.tx, workspace.id)
  const byokKeys = await deleteByokKeysOfWorkspace(context.tx, workspace.id, context.now)
  for (const id of byokKeys) context.changed('byok_key', id)
  await deleteGuardrailsOfWorkspace(context.tx, workspace.id)
  await removeWorkspaceFromProviders(context.tx, organizationOf(context), workspace.id)
  await disableDestinations(context.tx, workspace.id, context.now)
  await deleteAlertRulesOfWorkspace(context.tx, workspace.id, context.now)
  await deleteAlertChannelsOfWorkspace(context.tx, workspace.id, context.now)
  await deleteMappingsOfWorkspace(context.tx, workspace.id)
  await deletePaymentMethodsOfWorkspace(context.tx, workspace.id, context.now)
  await updateWorkspaceRow(context.tx, workspace, { deleted_at: toIso(context.now) })
  // After that, because whoever adds to them has waited for it by then, or finds no workspace.
  await deleteContentsOfWorkspace(context.tx, workspace.id)
  await deleteBroadcastsOfWorkspace(context.tx, workspace.id)
  context.changed('workspace', workspace.id)
  const before = workspaceToWire(workspace)
  context.audit({ resource: 'workspace', id: workspace.id, workspaceId: workspace.id, before })
  return { deleted: true }
}
