import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { newDirectoryGroup, newDirectoryUser, personOf, rolesIn } from '../scim-fixtures.ts'

const PATH = '/api/v1/scim/group-mappings'

test('201 gives those who are in the group the role', async () => {
  const user = await newDirectoryUser()
  const group = await newDirectoryGroup([user])
  const { id: workspace_id } = await newWorkspace()
  const body = { scim_group_id: group.id, workspace_id, role: 'admin' }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, SCIM_OPERATIONS.createScimGroupMapping.output)
  expect(data).toMatchObject({ ...body, organization_id: gateway.organizationId })
  expect(await rolesIn(workspace_id)).toEqual({ [(await personOf(user)) ?? '']: 'admin' })
})

test('400 for a role that mappings cannot give, and over a cap, naming it; then nothing has changed', async () => {
  const users = await Promise.all(Array.from({ length: 6 }, () => newDirectoryUser()))
  const group = await newDirectoryGroup(users)
  const { id: workspace_id } = await newWorkspace()
  const body = { scim_group_id: group.id, workspace_id }
  expectError(await send('POST', PATH, { body: { ...body, role: 'viewer' } }), 400, '^role: ')
  expectError(await send('POST', PATH, { body: { ...body, role: 'admin' } }), 400, 'at most 5 .* there would be 6')
  expect(await rolesIn(workspace_id)).toEqual({})
  expect((await send('POST', PATH, { body: { ...body, role: 'member' } })).status).toBe(201)
})

test('404 for a group or a workspace that is unknown or of another organization', async () => {
  const { id: scim_group_id } = await newDirectoryGroup()
  const { id: workspace_id } = await newWorkspace()
  const of = { scim_group_id, workspace_id, role: 'member' }
  expectError(await send('POST', PATH, { body: { ...of, scim_group_id: NO_UUID } }), 404, '^Group not found$')
  for (const id of [NO_UUID, gateway.other.workspaceId])
    expectError(await send('POST', PATH, { body: { ...of, workspace_id: id } }), 404, '^Workspace not found$')
})

test('409 for a group that is mapped to the workspace already', async () => {
  const body = {
    scim_group_id: (await newDirectoryGroup()).id,
    workspace_id: (await newWorkspace()).id,
    role: 'member',
  }
  expect((await send('POST', PATH, { body })).status).toBe(201)
  expectError(await send('POST', PATH, { body: { ...body, role: 'admin' } }), 409, 'mapped to this workspace already')
})
