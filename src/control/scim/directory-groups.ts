import { type DIRECTORY_OPERATIONS, SCIM_PAGE_SIZE_MAX } from '../../contract/management/scim-directory.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { parseDirectoryFilter } from '../../domain/directory-filter.ts'
import { type DirectoryGroup, directoryFault, patchGroup } from '../../domain/directory-patch.ts'
import { isUuid, newUuid } from '../../platform/ids.ts'
import {
  deleteScimGroupRow,
  findScimUserIds,
  getScimGroupRow,
  insertScimGroup,
  isGroupNameTaken,
  listScimGroupMembers,
  listScimGroupRows,
  replaceScimGroupMembers,
  type ScimGroupRow,
  updateScimGroupRow,
} from '../../store/queries/scim-groups.ts'
import { listScimPeople } from '../../store/queries/scim-memberships.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { groupToResource, toDirectoryPage, toListResponse } from './directory-wire.ts'
import { syncMemberships } from './sync-memberships.ts'

type Handlers = HandlersFor<typeof DIRECTORY_OPERATIONS, ControlContext, MemoryContext>

const RESOURCE = 'scim_group'
const FILTERS = { id: 'id', displayname: 'displayName', externalid: 'externalId' } as const

const handleList: Handlers['listDirectoryGroups'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  const filter = parseDirectoryFilter(input.filter, FILTERS)
  const page = toDirectoryPage(input, SCIM_PAGE_SIZE_MAX)
  const { rows, total } = await listScimGroupRows(context.tx, organizationOf(context), { ...page, filter })
  const ids = rows.map(({ id }) => id)
  const isWithout = (input.excludedAttributes ?? '').split(',').some((name) => name.trim().toLowerCase() === 'members')
  const members = isWithout ? new Map() : await listScimGroupMembers(context.tx, ids)
  const resources = rows.map((row) => groupToResource(row, members.get(row.id)))
  return toListResponse(resources, { total, startIndex: page.startIndex })
}

const handleGet: Handlers['getDirectoryGroup'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  return await toResource(await getScimGroupRow(context.tx, organizationOf(context), input.id), context)
}

const handleCreate: Handlers['createDirectoryGroup'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const at = toIso(context.now)
  const group = toGroup(input.group)
  const id = newUuid()
  await requireFree(context, group, id)
  const row = await insertScimGroup(context.tx, {
    id,
    organization_id: organizationOf(context),
    display_name: group.displayName,
    external_id: group.externalId,
    created_at: at,
    updated_at: at,
  })
  await saveMembers(context, row, group.memberIds)
  const data = await toResource(row, context)
  context.audit({ resource: RESOURCE, id, workspaceId: null, after: data })
  return data
}

const handleReplace: Handlers['replaceDirectoryGroup'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await getScimGroupRow(context.tx, organizationOf(context), input.id)
  return await save(context, row, () => toGroup(input.group))
}

const handlePatch: Handlers['patchDirectoryGroup'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await getScimGroupRow(context.tx, organizationOf(context), input.id)
  return await save(context, row, (current) => patchGroup(current, input.operations))
}

/** The mappings of the group go with it, and the memberships that they gave. */
const handleDelete: Handlers['deleteDirectoryGroup'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const organizationId = organizationOf(context)
  const row = await getScimGroupRow(context.tx, organizationId, input.id)
  const before = await toResource(row, context)
  const people = await listScimPeople(context.tx, organizationId, { groupId: row.id })
  await deleteScimGroupRow(context.tx, row.id)
  await syncMemberships(context, people)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before })
  return {}
}

export const DIRECTORY_GROUP_HANDLERS = {
  listDirectoryGroups: handleList,
  getDirectoryGroup: handleGet,
  createDirectoryGroup: handleCreate,
  replaceDirectoryGroup: handleReplace,
  patchDirectoryGroup: handlePatch,
  deleteDirectoryGroup: handleDelete,
} satisfies Partial<Handlers>

async function save(context: ControlContext, row: ScimGroupRow, change: (current: DirectoryGroup) => DirectoryGroup) {
  const before = await toResource(row, context)
  const memberIds = new Set((before.members ?? []).map(({ value }) => value))
  const group = change({ displayName: row.display_name, externalId: row.external_id, memberIds })
  await requireFree(context, group, row.id)
  const saved = await updateScimGroupRow(context.tx, row.id, {
    display_name: group.displayName,
    external_id: group.externalId,
    updated_at: toIso(context.now),
  })
  await saveMembers(context, saved, group.memberIds, memberIds)
  const data = await toResource(saved, context)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before, after: data })
  return data
}

async function saveMembers(
  context: ControlContext,
  group: ScimGroupRow,
  after: ReadonlySet<string>,
  before: ReadonlySet<string> = new Set(),
): Promise<void> {
  const added = [...after].filter((id) => !before.has(id))
  const removed = [...before].filter((id) => !after.has(id))
  await requireUsers(context, added)
  await replaceScimGroupMembers(context.tx, group, { added, removed })
  const people = await listScimPeople(context.tx, organizationOf(context), { ids: [...added, ...removed] })
  await syncMemberships(context, people)
}

async function requireUsers(context: ControlContext, ids: readonly string[]): Promise<void> {
  const known = await findScimUserIds(context.tx, organizationOf(context), ids.filter(isUuid))
  const stranger = ids.find((id) => !known.has(id))
  if (stranger !== undefined) throw directoryFault('invalidValue', `members: there is no user ${stranger}`)
}

async function requireFree(context: ControlContext, { displayName }: DirectoryGroup, exceptId: string): Promise<void> {
  if (!(await isGroupNameTaken(context.tx, organizationOf(context), { displayName, exceptId }))) return
  const metadata = { scim_type: 'uniqueness' }
  throw new AppError('conflict', 'A group with this displayName exists already', {}, { metadata })
}

async function toResource(row: ScimGroupRow, context: ControlContext) {
  const members = await listScimGroupMembers(context.tx, [row.id])
  return groupToResource(row, members.get(row.id) ?? [])
}

function toGroup(body: {
  displayName: string
  externalId?: string | null | undefined
  members?: { value: string }[] | null | undefined
}): DirectoryGroup {
  const memberIds = new Set((body.members ?? []).map(({ value }) => value.toLowerCase()))
  return { displayName: body.displayName, externalId: body.externalId ?? null, memberIds }
}
