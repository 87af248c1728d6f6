import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/custom-roles'
const { createCustomRole, deleteCustomRole, listRoleTemplates, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS

test('200 deletes a role with its template; its name is free again', async () => {
  const fields = { name: newSlug(), permissions: ['audit:read' as const] }
  const { data } = await call(createCustomRole, fields)
  await call(upsertRoleTemplate, { role: data.id })
  const answer = await send('DELETE', `${PATH}/${data.id}`)
  expect(expectAnswer(answer, 200, deleteCustomRole.output)).toEqual({ deleted: true })
  expect((await call(listRoleTemplates, { limit: 100 })).data.map(({ role }) => role)).not.toContain(data.id)
  expectError(await send('DELETE', `${PATH}/${data.id}`), 404, 'Custom role not found')
  expect((await call(createCustomRole, fields)).data.id).not.toBe(data.id)
})

test('400 while somebody has the role', async () => {
  const { data } = await call(createCustomRole, { name: newSlug(), permissions: ['audit:read'] })
  const { id } = await newWorkspace()
  const user_id = spare(12).userId
  await call(bulkAddWorkspaceMembers, { id, user_ids: [user_id] })
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id, custom_role_id: data.id })
  expectError(await send('DELETE', `${PATH}/${data.id}`), 400, '1 members still have this role')
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id, workspace_role: 'viewer' })
  expect((await send('DELETE', `${PATH}/${data.id}`)).status).toBe(200)
})

test('404 for an unknown role', async () => {
  expectError(await send('DELETE', `${PATH}/${NO_UUID}`), 404, 'Custom role not found')
})
