import { WORKSPACE_ROLES } from '../../contract/common/permissions.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import type { Fields } from './organization-file.ts'
import { idOf, type Step, type StepWorld } from './plan-steps.ts'
import type { WorkspaceParts } from './workspace-parts.ts'

/** Members are added or get another role; who isn't in the organization is invited. Nobody is removed. */
export function planMembers(workspace: WorkspaceParts): void {
  const { declared, live, options, parts } = workspace
  const { slug, members } = declared
  if (members === undefined) return
  for (const member of members) parts.steps.push(...stepsOfMember(member, workspace))
  const emails = new Set(members.map(({ email }) => email.toLowerCase()))
  for (const { user_id } of live?.members ?? []) {
    const { email = user_id } = options.live.people.find(({ id }) => id === user_id) ?? {}
    if (!emails.has(email.toLowerCase())) parts.surplus.push(`${slug}/members/${email}`)
  }
}

function stepsOfMember({ email, role }: { email: string; role: string }, workspace: WorkspaceParts): Step[] {
  const { declared, live, options } = workspace
  const { slug } = declared
  const isTheirs = (one: { email: string }) => one.email.toLowerCase() === email.toLowerCase()
  const person = options.live.people.find(isTheirs)
  const member = live?.members.find(({ user_id }) => user_id === person?.id)
  const present = member ?? invitedRole(workspace, isTheirs)
  const from = present === undefined ? null : roleNameOf(present, workspace)
  if (from === role) return []
  const step = { what: 'member', place: `${slug}/members/${email}`, fields: { role: { from, to: role } } }
  if (person === undefined) return [{ ...step, action: 'invite', run: invite(email, role, slug) }]
  const setRole: Step['run'] = async (world) => {
    const at = { id: idOf(world, 'workspace', slug), user_id: person.id }
    await world.send(OPERATIONS.updateWorkspaceMember, { ...at, ...roleOf(world, role) })
  }
  if (member !== undefined) return [{ ...step, action: 'update', run: setRole }]
  const run: Step['run'] = async (world) => {
    const at = { id: idOf(world, 'workspace', slug), user_ids: [person.id] }
    await world.send(OPERATIONS.bulkAddWorkspaceMembers, at)
    await setRole(world)
  }
  return [{ ...step, action: 'add', run }]
}

function invitedRole({ live, options }: WorkspaceParts, isTheirs: (one: { email: string }) => boolean) {
  const invitation = options.live.invitations.find(isTheirs)
  return invitation?.workspaces.find(({ workspace_id }) => workspace_id === live?.row.id)
}

function invite(email: string, role: string, slug: string): Step['run'] {
  return async (world) => {
    const workspaces = [{ workspace_id: idOf(world, 'workspace', slug), ...roleOf(world, role) }]
    await world.send(OPERATIONS.createInvitation, { email, workspaces })
  }
}

/** One of the four roles, or a custom one by its name. */
function roleOf(world: StepWorld, role: string): Fields {
  const builtin = WORKSPACE_ROLES.find((name) => name === role)
  return builtin ? { workspace_role: builtin } : { custom_role_id: idOf(world, 'role', role) }
}

function roleNameOf(given: Fields, { options }: WorkspaceParts): string | null {
  const { workspace_role, custom_role_id } = given
  if (typeof workspace_role === 'string') return workspace_role
  return options.live.customRoles.find(({ id }) => id === custom_role_id)?.name ?? null
}
