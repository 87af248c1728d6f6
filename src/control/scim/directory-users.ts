import { type DIRECTORY_OPERATIONS, SCIM_PAGE_SIZE_MAX } from '../../contract/management/scim-directory.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { parseDirectoryFilter } from '../../domain/directory-filter.ts'
import { type DirectoryUser, patchUser, toDirectoryUser } from '../../domain/directory-patch.ts'
import { newUuid, randomAlphanumeric } from '../../platform/ids.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import {
  deleteScimUserRow,
  findPersonByEmail,
  getScimUserRow,
  insertPerson,
  insertScimUser,
  isPersonElsewhere,
  isScimUserTaken,
  listGroupsOfScimUsers,
  listScimUserRows,
  type ScimUserRow,
  updatePerson,
  updateScimUserRow,
} from '../../store/queries/scim-users.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { activate, deactivate } from './directory-activation.ts'
import { toDirectoryPage, toListResponse, userToResource } from './directory-wire.ts'
import { syncMemberships } from './sync-memberships.ts'

type Handlers = HandlersFor<typeof DIRECTORY_OPERATIONS, ControlContext, MemoryContext>

const RESOURCE = 'scim_user'
const FILTERS = {
  id: 'id',
  username: 'userName',
  externalid: 'externalId',
  emails: 'email',
  'emails.value': 'email',
} as const
const WORK_EMAIL = { 'emails.value': 'email' } as const

const handleList: Handlers['listDirectoryUsers'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  const filter = parseDirectoryFilter(input.filter, { ...FILTERS, ...WORK_EMAIL })
  const page = toDirectoryPage(input, SCIM_PAGE_SIZE_MAX)
  const { rows, total } = await listScimUserRows(context.tx, organizationOf(context), { ...page, filter })
  const groups = await listGroupsOfScimUsers(
    context.tx,
    rows.map(({ id }) => id),
  )
  const resources = rows.map((row) => userToResource(row, groups.get(row.id) ?? []))
  return toListResponse(resources, { total, startIndex: page.startIndex })
}

const handleGet: Handlers['getDirectoryUser'] = async (input, context) => {
  requireInOrganization(context, 'scim:read')
  return await toResource(await getScimUserRow(context.tx, organizationOf(context), input.id), context)
}

/** Whoever has the address already is the person that is meant; somebody new gets a seat in the organization. */
const handleCreate: Handlers['createDirectoryUser'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const organizationId = organizationOf(context)
  const user = toDirectoryUser(input.user)
  const at = toIso(context.now)
  const known = await findPersonByEmail(context.tx, user.email)
  const userId = known ?? `user_${randomAlphanumeric(24)}`
  const id = newUuid()
  await requireFree(context, user, { userId, exceptId: id })
  if (known === undefined) {
    const { givenName: firstName, familyName: lastName, email } = user
    await insertPerson(context.tx, { id: userId, email, firstName, lastName, createdAt: at })
  }
  const role = (await findOrganizationRoles(context.tx, organizationId, [userId])).get(userId) ?? 'org:member'
  const inserted = await insertScimUser(context.tx, {
    id,
    organization_id: organizationId,
    user_id: userId,
    ...toColumns(user),
    active: false,
    organization_role: role,
    created_at: at,
    updated_at: at,
  })
  const row = await setActive(context, inserted, user.active)
  const data = await toResource(row, context)
  context.changed('organization', organizationId)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, after: data })
  return data
}

const handleReplace: Handlers['replaceDirectoryUser'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await getScimUserRow(context.tx, organizationOf(context), input.id)
  // An attribute that is left out keeps whether the person is active: it must not let somebody in again.
  const active = input.user.active ?? row.active
  return await save(context, row, toDirectoryUser({ ...input.user, active }))
}

const handlePatch: Handlers['patchDirectoryUser'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const row = await getScimUserRow(context.tx, organizationOf(context), input.id)
  return await save(context, row, patchUser(fromRow(row), input.operations))
}

/** Their keys end as with a deactivation; what they did stays on record. */
const handleDelete: Handlers['deleteDirectoryUser'] = async (input, context) => {
  requireInOrganization(context, 'scim:write')
  const organizationId = organizationOf(context)
  const row = await getScimUserRow(context.tx, organizationId, input.id)
  const before = await toResource(row, context)
  if (row.active) await deactivate(context, row)
  await deleteScimUserRow(context.tx, row.id)
  context.changed('organization', organizationId)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before })
  return {}
}

export const DIRECTORY_USER_HANDLERS = {
  listDirectoryUsers: handleList,
  getDirectoryUser: handleGet,
  createDirectoryUser: handleCreate,
  replaceDirectoryUser: handleReplace,
  patchDirectoryUser: handlePatch,
  deleteDirectoryUser: handleDelete,
} satisfies Partial<Handlers>

async function save(context: ControlContext, row: ScimUserRow, user: DirectoryUser) {
  const organizationId = organizationOf(context)
  const before = await toResource(row, context)
  await requireFree(context, user, { userId: row.user_id, exceptId: row.id })
  const columns = { ...toColumns(user), updated_at: toIso(context.now) }
  const saved = await setActive(context, await updateScimUserRow(context.tx, row.id, columns), user.active)
  await renamePerson(context, saved)
  const data = await toResource(saved, context)
  context.changed('organization', organizationId)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before, after: data })
  return data
}

async function setActive(context: ControlContext, row: ScimUserRow, active: boolean): Promise<ScimUserRow> {
  if (row.active === active) return row
  const role = active ? await activate(context, row) : await deactivate(context, row)
  const saved = await updateScimUserRow(context.tx, row.id, { active, organization_role: role })
  if (active) await syncMemberships(context, [row.user_id])
  return saved
}

/** The directory of one organization has no say in how a person is called who is in others, too. */
async function renamePerson(context: ControlContext, row: ScimUserRow): Promise<void> {
  if (!row.active || (await isPersonElsewhere(context.tx, row.user_id, organizationOf(context)))) return
  const holder = await findPersonByEmail(context.tx, row.email)
  if (holder !== undefined && holder !== row.user_id) throw taken()
  const { email, given_name: first_name, family_name: last_name } = row
  await updatePerson(context.tx, row.user_id, { email, first_name, last_name, updated_at: toIso(context.now) })
}

async function requireFree(
  context: ControlContext,
  { userName }: DirectoryUser,
  by: { userId: string; exceptId: string },
): Promise<void> {
  if (await isScimUserTaken(context.tx, organizationOf(context), { userName, ...by })) throw taken()
}

function taken(): AppError {
  return new AppError(
    'conflict',
    'A user with this userName or address exists already',
    {},
    { metadata: { scim_type: 'uniqueness' } },
  )
}

async function toResource(row: ScimUserRow, context: ControlContext) {
  const groups = await listGroupsOfScimUsers(context.tx, [row.id])
  return userToResource(row, groups.get(row.id) ?? [])
}

function toColumns(user: DirectoryUser) {
  return {
    user_name: user.userName,
    external_id: user.externalId,
    email: user.email,
    given_name: user.givenName,
    family_name: user.familyName,
    display_name: user.displayName,
  }
}

function fromRow(row: ScimUserRow): DirectoryUser {
  return {
    userName: row.user_name,
    externalId: row.external_id,
    givenName: row.given_name,
    familyName: row.family_name,
    displayName: row.display_name,
    email: row.email,
    active: row.active,
  }
}
