import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { createKeys, getKey } from '../../../src/contract/management/keys.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { acceptLink, NO_UUID, newEmail, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/role-templates'
const { createCustomRole, deleteRoleTemplate, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS

test('200 makes a template, then changes what is named and clears what is null; newcomers get it, members keep theirs', async () => {
  const put = async (body: object) =>
    expectAnswer(await send('PUT', `${PATH}/viewer`, { body }), 200, upsertRoleTemplate.output).data
  const first = { key_creation: false, spending_limit_usd: 20, limit_reset: 'monthly', key_rate_limit_rpm: 60 }
  expect(await put(first)).toMatchObject({ role: 'viewer', ...first })
  const { id } = await newWorkspace()
  const [orgMember, viewer] = [spare(12), spare(13)]
  const added = async (user_id: string) =>
    (await call(bulkAddWorkspaceMembers, { id, user_ids: [user_id], workspace_role: 'viewer' })).data[0]
  expect(await added(viewer.userId)).toMatchObject(first)
  const second = { ...first, spending_limit_usd: null, key_creation: true }
  expect(await put({ spending_limit_usd: null, key_creation: true })).toMatchObject(second)
  expect(await added(orgMember.userId)).toMatchObject(second)
  const { data } = await call(bulkAddWorkspaceMembers, { id, user_ids: [viewer.userId] })
  expect(data[0]).toMatchObject(first)
  await call(deleteRoleTemplate, { role: 'viewer' })
})

test('200: the guardrail of a template goes with the role: to whoever gets it, from whoever loses it', async () => {
  const { id } = await newWorkspace()
  const guardrail = await newGuardrail({ workspace_id: id })
  const { data: role } = await call(createCustomRole, { name: newSlug(), permissions: ['workspace:read'] })
  const put = await send('PUT', `${PATH}/${role.id}`, { body: { guardrail_id: guardrail.id } })
  expect(expectAnswer(put, 200, upsertRoleTemplate.output).data).toMatchObject({ guardrail_id: guardrail.id })
  const { link } = (
    await call(INVITATION_OPERATIONS.createInvitation, {
      email: newEmail(),
      workspaces: [{ workspace_id: id, custom_role_id: role.id }],
    })
  ).data
  const { user_id } = ((await acceptLink(link)).body as { data: { user_id: string } }).data
  const isAssigned = async () => {
    const answer = await send('GET', `/api/v1/guardrails/${guardrail.id}/assignments/members`)
    return JSON.stringify(answer.body).includes(user_id)
  }
  expect(await isAssigned()).toBe(true)
  const member = `/api/v1/workspaces/${id}/members/${user_id}`
  expect((await send('PATCH', member, { body: { spending_limit_usd: 1 } })).status).toBe(200)
  expect(await isAssigned()).toBe(true)
  expect((await send('PATCH', member, { body: { workspace_role: 'viewer' } })).status).toBe(200)
  expect(await isAssigned()).toBe(false)
  expect((await send('PATCH', member, { body: { custom_role_id: role.id } })).status).toBe(200)
  expect(await isAssigned()).toBe(true)
  expect((await send('DELETE', member)).status).toBe(200)
  expect(await isAssigned()).toBe(false)
})

test('200: an Admin of another workspace moves the guardrail by giving the role, and sees nothing of it', async () => {
  const { admin } = gateway.sessions
  const orgMember = spare(12)
  const guardrail = await newGuardrail({ workspace_id: (await newWorkspace()).id })
  await call(upsertRoleTemplate, { role: 'viewer', guardrail_id: guardrail.id })
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/members`
  const body = { user_ids: [orgMember.userId], workspace_role: 'viewer' }
  expect((await send('POST', `${path}/add`, { cookie: admin.cookie, body })).status).toBe(200)
  const assignments = await send('GET', `/api/v1/guardrails/${guardrail.id}/assignments/members`)
  expect(assignments.body).toMatchObject({ data: [{ user_id: orgMember.userId }] })
  const unseen = await send('GET', `/api/v1/guardrails/${guardrail.id}`, { cookie: admin.cookie })
  expect(unseen.status).toBe(404)
  expect((await send('DELETE', `${path}/${orgMember.userId}`, { cookie: admin.cookie })).status).toBe(200)
  await call(deleteRoleTemplate, { role: 'viewer' })
})

test('200: keys of members get the rate limit of their role, which they can lower and not raise', async () => {
  const { id: workspace_id } = await newWorkspace()
  const orgMember = spare(12)
  await call(upsertRoleTemplate, { role: 'developer', key_rate_limit_rpm: 50 })
  await call(bulkAddWorkspaceMembers, { id: workspace_id, user_ids: [orgMember.userId], workspace_role: 'developer' })
  await call(deleteRoleTemplate, { role: 'developer' })
  const cookie = await signInAnew(orgMember)
  const create = (fields: object) =>
    send('POST', '/api/v1/keys', { cookie, body: { name: 'key', workspace_id, ...fields } })
  const made = await create({})
  expect(made).toMatchObject({ status: 201, body: { data: { rate_limit_rpm: 50 } } })
  expect(await create({ rate_limit_rpm: 20 })).toMatchObject({ status: 201, body: { data: { rate_limit_rpm: 20 } } })
  for (const rate_limit_rpm of [51, 0]) expectError(await create({ rate_limit_rpm }), 400, 'rate_limit_rpm: at most 50')
  const { hash } = (made.body as { data: { hash: string } }).data
  const change = (body: object, as = {}) => send('PATCH', `/api/v1/keys/${hash}`, { ...as, body })
  expectError(await change({ rate_limit_rpm: 0 }, { cookie }), 400, 'rate_limit_rpm: at most 50')
  expect(await change({ name: 'other' }, { cookie })).toMatchObject({
    body: { data: { rate_limit_rpm: 50 } },
  })
  expect(await change({ rate_limit_rpm: 0 })).toMatchObject({ body: { data: { rate_limit_rpm: 0 } } })
})

test('200: team keys follow the rate of their member as it is, and a key that stops being one keeps it', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { userId } = spare(12)
  const beDeveloper = async (key_rate_limit_rpm: number) => {
    await call(upsertRoleTemplate, { role: 'developer', key_rate_limit_rpm })
    const path = `/api/v1/workspaces/${workspace_id}/members`
    const add = { user_ids: [userId], workspace_role: 'developer' }
    const isMember = key_rate_limit_rpm !== 50
    const change = { body: isMember ? { workspace_role: 'developer' } : add }
    expect((await send(isMember ? 'PATCH' : 'POST', `${path}/${isMember ? userId : 'add'}`, change)).status).toBe(200)
    await call(deleteRoleTemplate, { role: 'developer' })
  }
  await beDeveloper(50)
  const { data } = await call(createKeys, { name: 'team', workspace_id, type: 'team', creator_user_id: userId })
  expect(data).toMatchObject({ rate_limit_rpm: null, effective_rate_limit_rpm: 50 })
  await beDeveloper(30)
  expect((await call(getKey, { hash: data.hash })).data).toMatchObject({ effective_rate_limit_rpm: 30 })
  const cookie = await signInAnew(spare(12))
  const changed = await send('PATCH', `/api/v1/keys/${data.hash}`, { cookie, body: { type: 'standard' } })
  expect(changed.body).toMatchObject({ data: { type: 'standard', rate_limit_rpm: 30, effective_rate_limit_rpm: 30 } })
})

test.each([
  ['a negative limit', 'admin', { spending_limit_usd: -1 }, 'spending_limit_usd'],
  ['half a request a minute', 'admin', { key_rate_limit_rpm: 0.5 }, 'key_rate_limit_rpm'],
  ['an unknown guardrail', 'admin', { guardrail_id: NO_UUID }, 'guardrail_id'],
  ['an unknown interval', 'admin', { limit_reset: 'yearly' }, 'limit_reset'],
])('400 for %s', async (_name, role, body, field) => {
  expectError(await send('PUT', `${PATH}/${role}`, { body }), 400, field)
})

test('404 for a custom role that does not exist', async () => {
  expectError(await send('PUT', `${PATH}/${NO_UUID}`, { body: {} }), 404, 'Custom role not found')
})
