import type { SCIM_OPERATIONS, ScimGroupMappingWire } from '../../contract/management/scim.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  deleteMappingRow,
  getMappingRow,
  getScimGroupRow,
  insertMapping,
  listMappingRows,
  type ScimGroupMappingRow,
  updateMappingRow,
} from '../../store/queries/scim-groups.ts'
import { listScimPeople } from '../../store/queries/scim-memberships.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { builtInRole, requireWithinOwn } from '../members/role-choice.ts'
import { toPage } from '../page.ts'
import { syncMemberships } from './sync-memberships.ts'

type Handlers = HandlersFor<typeof SCIM_OPERATIONS, ControlContext, MemoryContext>

const RESOURCE = 'scim_group_mapping'

const handleList: Handlers['listScimGroupMappings'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  const { rows, total } = await listMappingRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(mappingToWire), total_count: total }
}

const handleGet: Handlers['getScimGroupMapping'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  return { data: mappingToWire(await getMappingRow(context.tx, organizationOf(context), input.id)) }
}

const handleCreate: Handlers['createScimGroupMapping'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const organizationId = organizationOf(context)
  const group = await getScimGroupRow(context.tx, organizationId, input.scim_group_id)
  const workspace = await getLiveWorkspace(context.tx, organizationId, input.workspace_id)
  requireRole(context, workspace.id, input.role)
  const at = toIso(context.now)
  const row = await insertMapping(context.tx, {
    id: newUuid(),
    organization_id: organizationId,
    scim_group_id: group.id,
    workspace_id: workspace.id,
    role: input.role,
    created_at: at,
    updated_at: at,
  })
  await syncGroup(context, row)
  const data = mappingToWire(row)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, after: data })
  return { data }
}

const handleUpdate: Handlers['updateScimGroupMapping'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const current = await getMappingRow(context.tx, organizationOf(context), input.id)
  requireRole(context, current.workspace_id, current.role)
  requireRole(context, current.workspace_id, input.role)
  const row = await updateMappingRow(context.tx, current.id, { role: input.role, updated_at: toIso(context.now) })
  await syncGroup(context, row)
  const before = mappingToWire(current)
  const data = mappingToWire(row)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, before, after: data })
  return { data }
}

const handleDelete: Handlers['deleteScimGroupMapping'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await getMappingRow(context.tx, organizationOf(context), input.id)
  requireRole(context, row.workspace_id, row.role)
  await deleteMappingRow(context.tx, row.id)
  await syncGroup(context, row, input.keep_members)
  const before = mappingToWire(row)
  const after = { keep_members: input.keep_members }
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, before, after })
  return { deleted: true }
}

export const GROUP_MAPPING_HANDLERS = {
  listScimGroupMappings: handleList,
  getScimGroupMapping: handleGet,
  createScimGroupMapping: handleCreate,
  updateScimGroupMapping: handleUpdate,
  deleteScimGroupMapping: handleDelete,
} satisfies Partial<Handlers>

function requireRole(context: ControlContext, workspaceId: string, role: ScimGroupMappingRow['role']): void {
  requireWithinOwn(context, workspaceId, [builtInRole(role === 'admin' ? 'admin' : 'developer')])
}

async function syncGroup(context: ControlContext, mapping: ScimGroupMappingRow, keep = false): Promise<void> {
  const groupId = mapping.scim_group_id
  await syncMemberships(context, await listScimPeople(context.tx, organizationOf(context), { groupId }), keep)
}

function mappingToWire(row: ScimGroupMappingRow): ScimGroupMappingWire {
  return { ...row, created_at: toIso(row.created_at), updated_at: toIso(row.updated_at) }
}
