import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { newWorkspace } from '../fixtures.ts'
import { call, expectError, newSlug, send } from '../request.ts'
import { newDirectoryGroup, newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

const SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

async function mapped(role: 'admin' | 'member') {
  const { id } = await newWorkspace()
  const user = await newDirectoryUser()
  const person = (await personOf(user)) ?? ''
  const group = await newDirectoryGroup()
  await call(SCIM_OPERATIONS.createScimGroupMapping, { scim_group_id: group.id, workspace_id: id, role })
  const patch = (op: 'add' | 'remove') => {
    const value =
      op === 'add' ? { path: 'members', value: [{ value: user.id }] } : { path: `members[value eq "${user.id}"]` }
    return scim('PATCH', `/Groups/${group.id}`, { schemas: [SCHEMA], Operations: [{ op, ...value }] })
  }
  return { id, person, patch }
}

test('200: who leaves a group leads no project of the workspace any more', async () => {
  const { id, person, patch } = await mapped('member')
  expect((await patch('add')).status).toBe(200)
  const slug = newSlug()
  await call(PROJECT_OPERATIONS.createProject, { id, slug, name: 'Led', lead_user_ids: [person] })
  expect((await patch('remove')).status).toBe(200)
  expect((await call(PROJECT_OPERATIONS.getProject, { id, slug })).data.lead_user_ids).toEqual([])
})

test('200 gives back a custom role that was given by hand, which is deleted by nobody until then', async () => {
  const { id, person, patch } = await mapped('admin')
  const { data: role } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read'],
  })
  await call(bulkAddWorkspaceMembers, { id, user_ids: [person], workspace_role: 'viewer' })
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: person, custom_role_id: role.id })
  const { id: guardrail_id } = (
    await call(GUARDRAIL_OPERATIONS.createGuardrail, { name: 'with the role', workspace_id: id })
  ).data
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, { role: role.id, guardrail_id })
  expect((await patch('add')).status).toBe(200)
  expectError(await send('DELETE', `/api/v1/organization/custom-roles/${role.id}`), 400, 'members still have this role')
  expect((await patch('remove')).status).toBe(200)
  const members = (await call(listWorkspaceMembers, { id })).data
  expect(members.find(({ user_id }) => user_id === person)).toMatchObject({ custom_role_id: role.id })
  const { data } = await call(GUARDRAIL_OPERATIONS.listGuardrailMemberAssignments, { id: guardrail_id })
  expect(data.map(({ user_id }) => user_id)).toEqual([person])
})
