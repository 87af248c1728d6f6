import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { newEmail, tokenOf } from './fixtures.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/* What comes with a role goes with the role; what an administrator has given by hand stays, whatever a workspace does. */

let world: TwoOrganizations
let strict: string
let lax: string
beforeAll(async () => {
  world = await makeTwoOrganizations()
  strict = await newGuardrail('strict')
  lax = await newGuardrail('lax')
  await ask('upsertRoleTemplate', { role: 'developer', guardrail_id: strict })
  await ask('upsertRoleTemplate', { role: 'viewer', guardrail_id: lax })
}, 60_000)
afterAll(() => world?.close())

async function ask<T>(name: OperationName, input: object, actor: Actor = world.ours.actor): Promise<T> {
  return (await world.control.invoke(name, actor, input, ORIGIN)) as T
}

async function newGuardrail(name: string): Promise<string> {
  const input = { name, workspace_id: world.ours.workspaceId }
  return (await ask<{ data: { id: string } }>('createGuardrail', input)).data.id
}

async function newMember(): Promise<{ userId: string; actor: Actor }> {
  const { organizationId } = world.ours.actor
  const { data } = await ask<{ data: { link: string } }>('createInvitation', { email: newEmail() })
  const accepted = await ask<{ data: { user_id: string } }>('acceptInvitation', { token: tokenOf(data.link) })
  const userId = accepted.data.user_id
  return { userId, actor: { kind: 'session', organizationId, sessionId: 'session', userId } }
}

/** A workspace of an Admin's own. */
async function newPlace() {
  const admin = await newMember()
  const slug = `place-${admin.userId.slice(-8).toLowerCase()}`
  const { id } = (await ask<{ data: { id: string } }>('createWorkspace', { name: 'Place', slug })).data
  await ask('bulkAddWorkspaceMembers', { id, user_ids: [admin.userId], workspace_role: 'admin' })
  return { id, admin: admin.actor }
}

async function guardrailOf(userId: string): Promise<string | undefined> {
  const input = { limit: 100 }
  type Page = { data: { user_id: string; guardrail_id: string }[] }
  return (await ask<Page>('listMemberAssignments', input)).data.find(({ user_id }) => user_id === userId)?.guardrail_id
}

test('a role brings its guardrail and takes it away again', async () => {
  const { id, admin } = await newPlace()
  const { userId } = await newMember()
  const role = (workspace_role: string) =>
    ask('bulkAddWorkspaceMembers', { id, user_ids: [userId], workspace_role }, admin)
  await role('developer')
  expect(await guardrailOf(userId)).toBe(strict)
  await role('viewer')
  expect(await guardrailOf(userId)).toBe(lax)
  await ask('bulkRemoveWorkspaceMembers', { id, user_ids: [userId] }, admin)
  expect(await guardrailOf(userId)).toBeUndefined()
})

test('an Admin takes what an administrator has assigned from nobody, neither by a role nor by taking one away', async () => {
  const { id, admin } = await newPlace()
  const { userId } = await newMember()
  await ask('bulkAssignMembersToGuardrail', { id: strict, member_user_ids: [userId] })
  await ask('bulkAddWorkspaceMembers', { id, user_ids: [userId], workspace_role: 'viewer' }, admin)
  expect(await guardrailOf(userId)).toBe(strict)
  await ask('updateWorkspaceMember', { id, user_id: userId, workspace_role: 'billing_manager' }, admin)
  expect(await guardrailOf(userId)).toBe(strict)
  await ask('deleteWorkspaceMember', { id, user_id: userId }, admin)
  expect(await guardrailOf(userId)).toBe(strict)
})

test('what came with a role and is then assigned by hand stays without the role', async () => {
  const { id, admin } = await newPlace()
  const { userId } = await newMember()
  await ask('bulkAddWorkspaceMembers', { id, user_ids: [userId], workspace_role: 'developer' }, admin)
  await ask('bulkAssignMembersToGuardrail', { id: strict, member_user_ids: [userId] })
  await ask('bulkRemoveWorkspaceMembers', { id, user_ids: [userId] }, admin)
  expect(await guardrailOf(userId)).toBe(strict)
})

test('removing somebody who is no member changes nothing for them', async () => {
  const { id, admin } = await newPlace()
  const elsewhere = await newPlace()
  const { userId } = await newMember()
  const place = { id: elsewhere.id, user_ids: [userId] }
  await ask('bulkAddWorkspaceMembers', { ...place, workspace_role: 'developer' }, elsewhere.admin)
  await ask('bulkRemoveWorkspaceMembers', { id, user_ids: [userId] }, admin)
  expect(await guardrailOf(userId)).toBe(strict)
})
