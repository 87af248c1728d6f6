import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { listGuardrails, bulkAssignKeysToGuardrail, bulkAssignMembersToGuardrail, updateGuardrail } =
  GUARDRAIL_OPERATIONS

test('200 only of the default workspace unless another is named', async () => {
  const { id: workspace_id } = await newWorkspace()
  const here = await newGuardrail()
  const there = await newGuardrail({ workspace_id })
  const listed = await call(listGuardrails, { limit: 100 })
  expect(listed.data).toContainEqual(here)
  expect(listed.data).not.toContainEqual(there)
  const answer = await send('GET', `/api/v1/guardrails?workspace_id=${workspace_id}`)
  expect(expectAnswer(answer, 200, listGuardrails.output)).toEqual({ data: [there], total_count: 1 })
})

test('200 in the order of their making, page by page', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made = []
  for (const name of ['a', 'b', 'c']) made.push(await newGuardrail({ name, workspace_id }))
  const pages = [
    await call(listGuardrails, { workspace_id, limit: 2 }),
    await call(listGuardrails, { workspace_id, limit: 2, offset: 2 }),
    await call(listGuardrails, { workspace_id, offset: 3 }),
  ]
  expect(pages).toEqual([
    { data: made.slice(0, 2), total_count: 3 },
    { data: made.slice(2), total_count: 3 },
    { data: [], total_count: 3 },
  ])
})

test('200 shows a Developer those that apply to them: default, their own, and of their own keys', async () => {
  const { developer } = gateway.sessions
  const workspace_id = gateway.teamWorkspaceId
  const [member, key, other] = [
    await newGuardrail({ workspace_id, name: 'member' }),
    await newGuardrail({ workspace_id, name: 'key' }),
    await newGuardrail({ workspace_id, name: 'other' }),
  ]
  const { default_guardrail_id } = await newWorkspace()
  await call(updateGuardrail, { id: default_guardrail_id })
  const { data: theirs } = await newKey({ workspace_id, creator_user_id: developer.userId })
  const { data: anothers } = await newKey({ workspace_id })
  await call(bulkAssignMembersToGuardrail, { id: member.id, member_user_ids: [developer.userId] })
  await call(bulkAssignKeysToGuardrail, { id: key.id, key_hashes: [theirs.hash] })
  await call(bulkAssignKeysToGuardrail, { id: other.id, key_hashes: [anothers.hash] })
  const path = `/api/v1/guardrails?workspace_id=${workspace_id}&limit=100`
  const answer = await send('GET', path, { cookie: developer.cookie })
  const { data } = expectAnswer(answer, 200, listGuardrails.output)
  const ids = data.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining([member.id, key.id]))
  expect(ids).not.toContain(other.id)
})

test.each(['limit=0', 'limit=101', 'offset=-1', 'workspace_id=default', 'limit=x'])('400 for %s', async (query) => {
  expectError(await send('GET', `/api/v1/guardrails?${query}`), 400, query.split('=')[0] ?? '')
})

test('404 for an unknown workspace, and for one that somebody is not in', async () => {
  expectError(await send('GET', `/api/v1/guardrails?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
  const path = `/api/v1/guardrails?workspace_id=${gateway.teamWorkspaceId}`
  for (const { cookie } of [gateway.sessions.orgMember, gateway.sessions.viewer]) {
    expectError(await send('GET', path, { cookie }), 404, 'Workspace not found')
  }
})
