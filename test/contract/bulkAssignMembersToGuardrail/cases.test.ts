import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { bulkAssignMembersToGuardrail, listGuardrailMemberAssignments } = GUARDRAIL_OPERATIONS
const { admin, developer, orgMember, viewer } = gateway.sessions
const assign = (id: string, body: unknown, options: object = {}) =>
  send('POST', `/api/v1/guardrails/${id}/assignments/members`, { body, ...options })

async function assigned(id: string): Promise<[string, string | null][]> {
  const { data } = await call(listGuardrailMemberAssignments, { id })
  return data.map(({ user_id, workspace_id }) => [user_id, workspace_id])
}

test('200 counts each member once, and holds everywhere in the organization', async () => {
  const { id } = await newGuardrail()
  const answer = await assign(id, { member_user_ids: [viewer.userId, viewer.userId] })
  expect(expectAnswer(answer, 200, bulkAssignMembersToGuardrail.output)).toEqual({ assigned_count: 1 })
  expect((await assign(id, { member_user_ids: [viewer.userId] })).body).toEqual({ assigned_count: 1 })
  expect(await assigned(id)).toEqual([[viewer.userId, null]])
})

test('200 replaces the guardrail that a member had, also one of another workspace', async () => {
  const old = await newGuardrail({ workspace_id: (await newWorkspace()).id })
  const now = await newGuardrail()
  for (const { id } of [old, now]) await call(bulkAssignMembersToGuardrail, { id, member_user_ids: [orgMember.userId] })
  expect([await assigned(old.id), await assigned(now.id)]).toEqual([[], [[orgMember.userId, null]]])
})

test('200 by an Admin of a workspace holds there alone, and leaves what holds everywhere in place', async () => {
  const everywhere = await newGuardrail()
  await call(bulkAssignMembersToGuardrail, { id: everywhere.id, member_user_ids: [developer.userId] })
  const workspace_id = gateway.teamWorkspaceId
  const [old, now] = [await newGuardrail({ workspace_id }), await newGuardrail({ workspace_id })]
  const body = { member_user_ids: [developer.userId] }
  for (const { id } of [old, now]) expect((await assign(id, body, { cookie: admin.cookie })).status).toBe(200)
  expect([await assigned(everywhere.id), await assigned(old.id), await assigned(now.id)]).toEqual([
    [[developer.userId, null]],
    [],
    [[developer.userId, workspace_id]],
  ])
})

test('400 for an Admin of a workspace who names somebody that is not in it', async () => {
  const { id } = await newGuardrail({ workspace_id: gateway.teamWorkspaceId })
  const body = { member_user_ids: [developer.userId, orgMember.userId] }
  const answer = await assign(id, body, { cookie: admin.cookie })
  expectError(answer, 400, `^member_user_ids: not a member of the workspace: ${orgMember.userId}$`)
  expect(await assigned(id)).toEqual([])
})

test('400 for somebody who is not in the organization, and nobody is assigned', async () => {
  const { id } = await newGuardrail()
  for (const stranger of ['user_stranger', gateway.sessions.removed.userId, gateway.other.orgAdmin.userId]) {
    const answer = await assign(id, { member_user_ids: [viewer.userId, stranger] })
    expectError(answer, 400, `^member_user_ids: not a member of the organization: ${stranger}$`)
  }
  expect(await assigned(id)).toEqual([])
})

test.each([
  ['no list', {}],
  ['an empty list', { member_user_ids: [] }],
  ['an empty user', { member_user_ids: [''] }],
])('400 for %s', async (_name, body) => {
  expectError(await assign((await newGuardrail()).id, body), 400, 'member_user_ids')
})

test('404 for an unknown guardrail', async () => {
  expectError(await assign(NO_UUID, { member_user_ids: ['x'] }), 404, /^Guardrail not found$/)
})
