import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { bulkAssignMembersToGuardrail, listGuardrailMemberAssignments } = GUARDRAIL_OPERATIONS

test('200 says who assigned it', async () => {
  const { id } = await newGuardrail()
  const { orgAdmin, admin } = gateway.sessions
  const path = `/api/v1/guardrails/${id}/assignments/members`
  await send('POST', path, { body: { member_user_ids: [admin.userId] }, cookie: orgAdmin.cookie })
  expect(expectAnswer(await send('GET', path), 200, listGuardrailMemberAssignments.output)).toEqual({
    data: [
      {
        id: expect.stringMatching(/-/),
        guardrail_id: id,
        user_id: admin.userId,
        organization_id: gateway.organizationId,
        workspace_id: null,
        assigned_by: orgAdmin.userId,
        created_at: expect.stringMatching(/Z$/),
      },
    ],
    total_count: 1,
  })
})

test('200 page by page', async () => {
  const { id } = await newGuardrail()
  const { viewer, orgMember } = gateway.sessions
  await call(bulkAssignMembersToGuardrail, { id, member_user_ids: [viewer.userId, orgMember.userId] })
  const pages = [
    await call(listGuardrailMemberAssignments, { id, limit: 1 }),
    await call(listGuardrailMemberAssignments, { id, limit: 1, offset: 1 }),
  ]
  expect(pages.map(({ total_count }) => total_count)).toEqual([2, 2])
  const users = pages.flatMap(({ data }) => data.map(({ user_id }) => user_id))
  expect(users.toSorted()).toEqual([viewer.userId, orgMember.userId].toSorted())
})

test('400 for a page of nothing', async () => {
  const { id } = await newGuardrail()
  expectError(await send('GET', `/api/v1/guardrails/${id}/assignments/members?limit=0`), 400, 'limit')
})

test('404 for an unknown guardrail', async () => {
  expectError(await send('GET', `/api/v1/guardrails/${NO_UUID}/assignments/members`), 404, /^Guardrail not found$/)
})
