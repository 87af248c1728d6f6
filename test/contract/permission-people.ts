import { WORKSPACE_ROLES } from '../../src/contract/common/permissions.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { toIso } from '../../src/store/schema.ts'
import { CUSTOM_ROLE } from './permission-columns.ts'
import { PEOPLE, type Person } from './permission-places.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** Their ids. Those who are to be demoted or removed are what they were before, so that keys of theirs can be made. */
export async function makePeople(world: TwoOrganizations): Promise<ReadonlyMap<Person, string>> {
  const { database, ours } = world
  const created_at = toIso(Date.now())
  const users = new Map<Person, string>()
  const customRoles = {
    auditor: await customRole(world, 'S5 auditor', ['audit:read']),
    'member with a custom role': await customRole(world, 'S5 role', CUSTOM_ROLE),
  }
  for (const person of PEOPLE) {
    const id = `user_${person.replace(/\W/g, '_')}`
    users.set(person, id)
    const email = `${id}@example.test`
    await database.kysely.insertInto('user_account').values({ id, email, created_at }).execute()
    const role = person === 'org admin' || person === 'demoted admin' ? ('org:admin' as const) : ('org:member' as const)
    const seat = { organization_id: ours.actor.organizationId, user_id: id, role, created_at }
    await database.kysely.insertInto('organization_member').values(seat).execute()
    const isCustom = person === 'auditor' || person === 'member with a custom role'
    const custom_role_id = isCustom ? customRoles[person] : null
    const workspace_role = isCustom ? null : workspaceRoleOf(person)
    if (workspace_role === undefined) continue
    await database.kysely
      .insertInto('workspace_member')
      .values({
        id: newUuid(),
        workspace_id: ours.workspaceId,
        user_id: id,
        workspace_role,
        custom_role_id,
        created_at,
      })
      .execute()
  }
  return users
}

/** Makes the demoted and the removed what they are called. */
export async function settlePeople(world: TwoOrganizations, users: ReadonlyMap<Person, string>): Promise<void> {
  const { actor } = world.ours
  const demotion = { id: users.get('demoted admin'), role: 'org:member' }
  await world.control.invoke('updateOrganizationMember', actor, demotion, ORIGIN)
  await world.control.invoke('deleteOrganizationMember', actor, { id: users.get('removed member') }, ORIGIN)
}

function workspaceRoleOf(person: Person) {
  if (person === 'project lead' || person === 'demoted admin') return 'developer' as const
  if (person === 'removed member') return 'admin' as const
  return WORKSPACE_ROLES.find((role) => role === person)
}

async function customRole({ control, ours }: TwoOrganizations, name: string, permissions: readonly string[]) {
  const made = await control.invoke('createCustomRole', ours.actor, { name, permissions }, ORIGIN)
  return (made as { data: { id: string } }).data.id
}
