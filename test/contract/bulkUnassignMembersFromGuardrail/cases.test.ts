import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { bulkAssignMembersToGuardrail, bulkUnassignMembersFromGuardrail, listGuardrailMemberAssignments } =
  GUARDRAIL_OPERATIONS
const unassign = (id: string, body: unknown) =>
  send('POST', `/api/v1/guardrails/${id}/assignments/members/remove`, { body })

test('200 counts the members who had it', async () => {
  const { id } = await newGuardrail()
  const { userId } = gateway.sessions.billingManager
  await call(bulkAssignMembersToGuardrail, { id, member_user_ids: [userId] })
  const answer = await unassign(id, { member_user_ids: [userId, gateway.userId, 'user_stranger'] })
  expect(expectAnswer(answer, 200, bulkUnassignMembersFromGuardrail.output)).toEqual({ unassigned_count: 1 })
  expect((await call(listGuardrailMemberAssignments, { id })).total_count).toBe(0)
})

test('400 for an empty list', async () => {
  expectError(await unassign((await newGuardrail()).id, { member_user_ids: [] }), 400, 'member_user_ids')
})

test('404 for an unknown guardrail', async () => {
  expectError(await unassign(NO_UUID, { member_user_ids: ['x'] }), 404, /^Guardrail not found$/)
})
