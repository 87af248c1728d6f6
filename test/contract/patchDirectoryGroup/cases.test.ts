import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectError, send } from '../request.ts'
import { expectScimError, map, newDirectoryGroup, newDirectoryUser, personOf, rolesIn, scim } from '../scim-fixtures.ts'

const patch = (id: string, ...Operations: object[]) => scim('PATCH', `/Groups/${id}`, { Operations })

test('200 adds and removes members in the forms of Entra ID and of Okta', async () => {
  const [one, two, three] = [await newDirectoryUser(), await newDirectoryUser(), await newDirectoryUser()]
  const group = await newDirectoryGroup()
  const members = async () => {
    const { body } = await scim('GET', `/Groups/${group.id}`)
    return (body as { members: { value: string }[] }).members.map(({ value }) => value).toSorted()
  }
  const ids = (...users: { id: string }[]) => users.map(({ id }) => id).toSorted()
  await patch(group.id, { op: 'Add', path: 'members', value: [{ value: one.id }, { value: two.id }] })
  expect(await members()).toEqual(ids(one, two))
  await patch(group.id, { op: 'Remove', path: `members[value eq "${one.id}"]` })
  await patch(group.id, { op: 'Remove', path: 'members', value: [{ value: two.id }] })
  expect(await members()).toEqual([])
  await patch(group.id, { op: 'replace', path: 'members', value: [{ value: three.id }] })
  expect(await members()).toEqual(ids(three))
  const renamed = await patch(group.id, { op: 'replace', value: { id: group.id, displayName: `Renamed ${group.id}` } })
  expect(renamed.body).toMatchObject({ displayName: `Renamed ${group.id}`, members: [{ value: three.id }] })
  await patch(group.id, { op: 'remove', path: 'members' })
  expect(await members()).toEqual([])
})

test('200 the highest role of several groups counts, and what was given by hand is not lost', async () => {
  const user = await newDirectoryUser()
  const person = (await personOf(user)) ?? ''
  const { id } = await newWorkspace()
  const body = { user_ids: [person], workspace_role: 'viewer' }
  await send('POST', `/api/v1/workspaces/${id}/members/add`, { body })
  const [low, high] = [await newDirectoryGroup([user]), await newDirectoryGroup([user])]
  await map(low.id, id, 'member')
  expect(await rolesIn(id)).toEqual({ [person]: 'developer' })
  await map(high.id, id, 'admin')
  expect(await rolesIn(id)).toEqual({ [person]: 'admin' })
  const member = `/api/v1/workspaces/${id}/members/${person}`
  expectError(await send('DELETE', member), 400, 'SCIM group')
  expectError(await send('PATCH', member, { body: { workspace_role: 'viewer' } }), 400, 'SCIM group')
  expect((await send('PATCH', member, { body: { spending_limit_usd: 5 } })).status).toBe(200)
  await patch(high.id, { op: 'remove', path: 'members' })
  expect(await rolesIn(id)).toEqual({ [person]: 'developer' })
  await patch(low.id, { op: 'remove', path: 'members' })
  expect(await rolesIn(id)).toEqual({ [person]: 'viewer' })
  expect((await call(SCIM_OPERATIONS.createScimSyncJob, {})).data.status).toBe('succeeded')
  expect(await rolesIn(id)).toEqual({ [person]: 'viewer' })
})

test('200 who leaves a group loses the workspace and the keys there, and no other keys', async () => {
  const user = await newDirectoryUser()
  const person = (await personOf(user)) ?? ''
  const { id } = await newWorkspace()
  const group = await newDirectoryGroup([user])
  await map(group.id, id, 'member')
  const there = await newKey({ workspace_id: id, creator_user_id: person })
  const elsewhere = await newKey({ creator_user_id: person })
  await patch(group.id, { op: 'remove', path: 'members' })
  expect(await rolesIn(id)).toEqual({})
  const statuses = [there, elsewhere].map(async ({ key }) => (await send('GET', '/api/v1/key', { key })).status)
  expect(await Promise.all(statuses)).toEqual([401, 200])
})

test('400 for members that are no users, and none is added', async () => {
  const user = await newDirectoryUser()
  const group = await newDirectoryGroup()
  const answer = await patch(group.id, { op: 'add', path: 'members', value: [{ value: user.id }, { value: NO_UUID }] })
  expectScimError(answer, 400, '^members: there is no user', 'invalidValue')
  expect((await scim('GET', `/Groups/${group.id}`)).body).toEqual(group)
})

test('404 for an unknown group', async () => {
  expectScimError(await patch(NO_UUID, { op: 'remove', path: 'members' }), 404, '^Group not found$')
})

test('409 for the name of another group', async () => {
  const [one, other] = [await newDirectoryGroup(), await newDirectoryGroup()]
  const answer = await patch(one.id, { op: 'replace', path: 'displayName', value: other.displayName })
  expectScimError(answer, 409, 'exists already', 'uniqueness')
})
