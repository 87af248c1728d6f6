import type { SCIM_OPERATIONS, ScimGroupWire, ScimSyncJobWire, ScimTokenWire } from '../../contract/management/scim.ts'
import type { DIRECTORY_OPERATIONS } from '../../contract/management/scim-directory.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { hashDirectoryToken, maskDirectoryToken, newDirectoryToken } from '../../platform/directory-token.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  getSyncJobRow,
  insertSyncJob,
  listScimGroupRows,
  type ScimGroupRow,
  type ScimSyncJobRow,
} from '../../store/queries/scim-groups.ts'
import { listScimPeople } from '../../store/queries/scim-memberships.ts'
import {
  deleteScimTokenRow,
  insertScimToken,
  listScimTokenRows,
  type ScimTokenRow,
} from '../../store/queries/scim-users.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { DIRECTORY_GROUP_HANDLERS } from './directory-groups.ts'
import { DIRECTORY_USER_HANDLERS } from './directory-users.ts'
import { GROUP_MAPPING_HANDLERS } from './group-mappings.ts'
import { syncMemberships } from './sync-memberships.ts'

type Handlers = HandlersFor<typeof SCIM_OPERATIONS, ControlContext, MemoryContext>

const handleListTokens: Handlers['listScimTokens'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  const { rows, total } = await listScimTokenRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(tokenToWire), total_count: total }
}

const handleCreateToken: Handlers['createScimToken'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const token = newDirectoryToken()
  const row = await insertScimToken(context.tx, {
    id: newUuid(),
    organization_id: organizationOf(context),
    name: input.name,
    label: maskDirectoryToken(token),
    token_hash: hashDirectoryToken(token),
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  const data = tokenToWire(row)
  context.audit({ resource: 'scim_token', id: row.id, workspaceId: null, after: data })
  return { data, token }
}

const handleDeleteToken: Handlers['deleteScimToken'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await deleteScimTokenRow(context.tx, organizationOf(context), input.id)
  context.audit({ resource: 'scim_token', id: row.id, workspaceId: null, before: tokenToWire(row) })
  return { deleted: true }
}

const handleListGroups: Handlers['listScimGroups'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  const { rows, total } = await listScimGroupRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(groupToWire), total_count: total }
}

/** The directory pushes what changes, so there is nothing to fetch: the job derives all memberships anew, and is done with it. */
const handleCreateSyncJob: Handlers['createScimSyncJob'] = async (_input, context) => {
  requireInOrganization(context, 'scim:write')
  const organizationId = organizationOf(context)
  const people = await listScimPeople(context.tx, organizationId, 'all')
  const changed = await syncMemberships(context, people)
  const { total } = await listScimGroupRows(context.tx, organizationId, { offset: 0, limit: 1 })
  const row = await insertSyncJob(context.tx, {
    id: newUuid(),
    organization_id: organizationId,
    synced_groups: total,
    created_at: toIso(context.now),
  })
  const data = syncJobToWire(row)
  const after = { ...data, changed_memberships: changed }
  context.audit({ resource: 'scim_sync_job', id: row.id, workspaceId: null, after })
  return { data }
}

const handleGetSyncJob: Handlers['getScimSyncJob'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  return { data: syncJobToWire(await getSyncJobRow(context.tx, organizationOf(context), input.id)) }
}

export const SCIM_HANDLERS: HandlersFor<
  typeof SCIM_OPERATIONS & typeof DIRECTORY_OPERATIONS,
  ControlContext,
  MemoryContext
> = {
  listScimTokens: handleListTokens,
  createScimToken: handleCreateToken,
  deleteScimToken: handleDeleteToken,
  listScimGroups: handleListGroups,
  createScimSyncJob: handleCreateSyncJob,
  getScimSyncJob: handleGetSyncJob,
  ...GROUP_MAPPING_HANDLERS,
  ...DIRECTORY_USER_HANDLERS,
  ...DIRECTORY_GROUP_HANDLERS,
}

function tokenToWire({ id, name, label, created_at }: ScimTokenRow): ScimTokenWire {
  return { id, name, label, created_at: toIso(created_at) }
}

function groupToWire(row: ScimGroupRow): ScimGroupWire {
  return { ...row, created_at: toIso(row.created_at), updated_at: toIso(row.updated_at) }
}

function syncJobToWire({ id, synced_groups, created_at }: ScimSyncJobRow): ScimSyncJobWire {
  const at = toIso(created_at)
  const times = { created_at: at, started_at: at, finished_at: at }
  return { id, status: 'succeeded', synced_groups, deleted_groups: 0, error_message: null, ...times }
}
