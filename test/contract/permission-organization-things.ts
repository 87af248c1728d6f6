import type { OperationName } from '../../src/contract/operations.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { toIso } from '../../src/store/schema.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** What belongs to an organization as a whole lies in no workspace, so nothing of it lies in a sibling one. */
type OrganizationPlaces = Record<'own' | 'colleague' | 'other organization' | 'deleted' | 'unknown', string>

/** Somebody in the organization and in each of the workspaces, for others to act upon. */
export async function makeTarget({ database }: TwoOrganizations, organizationId: string, workspaceIds: string[]) {
  const id = `user_target_of_${organizationId}`
  const created_at = toIso(Date.now())
  const db = database.kysely
  await db
    .insertInto('user_account')
    .values({ id, email: `${id}@example.test`, created_at })
    .execute()
  await db
    .insertInto('organization_member')
    .values({ organization_id: organizationId, user_id: id, role: 'org:member', created_at })
    .execute()
  for (const workspace_id of workspaceIds) {
    await db
      .insertInto('workspace_member')
      .values({ id: newUuid(), workspace_id, user_id: id, workspace_role: 'viewer', created_at })
      .execute()
  }
  return id
}

/** A custom role, and a template for it, in each place. */
export async function makeCustomRoles(world: TwoOrganizations, unknownId: string): Promise<OrganizationPlaces> {
  const { ours, theirs, control } = world
  const invoke = (actor: typeof ours.actor, name: OperationName, input: object) =>
    control.invoke(name, actor, input, ORIGIN)
  const make = async (actor: typeof ours.actor, name: string) => {
    const { data } = (await invoke(actor, 'createCustomRole', { name, permissions: ['audit:read'] })) as {
      data: { id: string }
    }
    await invoke(actor, 'upsertRoleTemplate', { role: data.id, key_creation: false })
    return data.id
  }
  const own = await make(ours.actor, 'Auditor')
  const deleted = await make(ours.actor, 'Gone')
  await invoke(ours.actor, 'deleteCustomRole', { id: deleted })
  const other = await make(theirs.actor, 'Auditor')
  return { own, colleague: own, 'other organization': other, deleted, unknown: unknownId }
}

/** A provider of the organization's own in each place. */
export async function makeCustomProviders(world: TwoOrganizations, unknownId: string): Promise<OrganizationPlaces> {
  const { ours, theirs, control } = world
  const make = async (actor: typeof ours.actor, slug: string) => {
    const models = [{ id: 'sample/model', context_length: 8_000, free: true }]
    const input = { slug, base_url: 'https://llm.example.test/v1', models }
    const { data } = (await control.invoke('createCustomProvider', actor, input, ORIGIN)) as { data: { id: string } }
    return data.id
  }
  const own = await make(ours.actor, 'own')
  const deleted = await make(ours.actor, 'gone')
  await control.invoke('deleteCustomProvider', ours.actor, { id: deleted }, ORIGIN)
  const other = await make(theirs.actor, 'own')
  return { own, colleague: own, 'other organization': other, deleted, unknown: unknownId }
}

/** An invitation to a workspace in each place. A revoked one is still seen, so none is deleted. */
export async function makeInvitations(world: TwoOrganizations, places: { sibling: string }) {
  const { ours, theirs, control } = world
  const make = async (actor: typeof ours.actor, workspace_id: string) => {
    const input = { email: `invited-to-${workspace_id}@example.test`, workspaces: [{ workspace_id }] }
    const { data } = (await control.invoke('createInvitation', actor, input, ORIGIN)) as { data: { id: string } }
    return data.id
  }
  const own = await make(ours.actor, ours.workspaceId)
  return {
    own,
    colleague: own,
    'sibling workspace': await make(ours.actor, places.sibling),
    'other organization': await make(theirs.actor, theirs.workspaceId),
  }
}
