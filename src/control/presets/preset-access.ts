import type { Permission } from '../../contract/common/permissions.ts'
import { hasAnywhere, narrowAccess, ORGANIZATION_ACCESS, workspacesWith } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { findPresetsBySlug, type PresetRow } from '../../store/queries/presets.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { missingPermission, requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'

const PRESET_PERMISSIONS: readonly Permission[] = ['preset:read', 'preset:write']

interface Named {
  slug: string
  workspace_id?: string | undefined
}

/**
 * The same context for somebody who may do with presets what is asked. A key that infers uses its workspace's presets, so
 * it also may with them what its creator may there; one that is nobody's, whatever may be done in its workspace. Throws
 * `forbidden` where the permission is nowhere.
 */
export async function withPresetAccess(context: ControlContext, permission: Permission): Promise<ControlContext> {
  const { actor, tx } = context
  let { access } = context
  if (actor.kind === 'key' && actor.permissions.includes('inference')) {
    const ofCreator =
      actor.userId === null ? ORGANIZATION_ACCESS : await loadMemberAccess(tx, actor.organizationId, actor.userId)
    access = narrowAccess(ofCreator, PRESET_PERMISSIONS, actor.workspaceId)
  }
  if (!hasAnywhere(access, permission)) throw missingPermission(permission)
  return { ...context, access }
}

/** Where the caller looks for presets: the workspace it names, else every one in which it may read them. */
export async function presetPlaces(
  workspaceId: string | undefined,
  context: ControlContext,
): Promise<{ organizationId: string; workspaceIds: 'all' | string[] }> {
  const organizationId = organizationOf(context)
  if (workspaceId === undefined) return { organizationId, workspaceIds: workspacesWith(context.access, 'preset:read') }
  const { id } = await getLiveWorkspace(context.tx, organizationId, workspaceId)
  requireIn(context, 'preset:read', { workspaceId: id }, 'Workspace')
  return { organizationId, workspaceIds: [id] }
}

/** Throws `invalid_request` when the slug stands for presets of several workspaces that the caller sees. */
export async function findPreset(input: Named, context: ControlContext): Promise<PresetRow | undefined> {
  const [row, other] = await findPresetsBySlug(context.tx, await presetPlaces(input.workspace_id, context), input.slug)
  if (other !== undefined)
    throw new AppError(
      'invalid_request',
      'workspace_id: required, because presets of several workspaces have this slug',
    )
  return row
}

/** Throws `not_found`. */
export async function getPresetRow(input: Named, context: ControlContext): Promise<PresetRow> {
  const row = await findPreset(input, context)
  if (row === undefined) throw new AppError('not_found', 'Preset not found', { slug: input.slug })
  return row
}
