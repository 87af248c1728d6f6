import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { crowd, newWorkspace, signInAnew } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectError, gateway, newSlug, send } from '../request.ts'

test('200 takes the guardrails of the workspace with it, and what they restricted', async () => {
  const { id: workspace_id, default_guardrail_id } = await newWorkspace()
  const { id } = await newGuardrail({ workspace_id })
  await call(GUARDRAIL_OPERATIONS.updateGuardrail, { id: default_guardrail_id })
  await call(GUARDRAIL_OPERATIONS.bulkAssignMembersToGuardrail, { id, member_user_ids: [gateway.userId] })
  expect((await send('DELETE', `/api/v1/workspaces/${workspace_id}`)).status).toBe(200)
  for (const gone of [id, default_guardrail_id]) {
    expectError(await send('GET', `/api/v1/guardrails/${gone}`), 404, 'Guardrail not found')
  }
  const { data } = await call(GUARDRAIL_OPERATIONS.listMemberAssignments, { limit: 100 })
  expect(data.filter(({ guardrail_id }) => guardrail_id === id)).toEqual([])
})

test('403 for an Admin whose workspace has a guardrail that holds elsewhere, and nothing is gone; 200 without it', async () => {
  const [admin, member] = crowd(2)
  if (admin === undefined || member === undefined) throw new Error('nobody there')
  const { id: workspace_id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id: workspace_id, user_ids: [admin.userId], workspace_role: 'admin' })
  const { id } = await newGuardrail({ workspace_id, name: 'for everybody' })
  const cookie = await signInAnew(admin)
  const remove = () => send('DELETE', `/api/v1/workspaces/${workspace_id}`, { cookie })
  await call(GUARDRAIL_OPERATIONS.bulkAssignMembersToGuardrail, { id, member_user_ids: [member.userId] })
  expectError(await remove(), 403, 'The guardrail "for everybody" .* holds in other workspaces')
  expect((await send('GET', `/api/v1/guardrails/${id}`)).status).toBe(200)
  await call(GUARDRAIL_OPERATIONS.bulkUnassignMembersFromGuardrail, { id, member_user_ids: [member.userId] })
  const custom = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read'],
  })
  const role = custom.data.id
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, { role, guardrail_id: id })
  expectError(await remove(), 403, 'holds in other workspaces')
  await call(CUSTOM_ROLE_OPERATIONS.deleteRoleTemplate, { role })
  expect((await remove()).status).toBe(200)
})
