import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { bulkAssignMembersToGuardrail, listMemberAssignments } = GUARDRAIL_OPERATIONS

async function guardrailsFor(options: { cookie?: string }): Promise<string[]> {
  const answer = await send('GET', '/api/v1/guardrails/assignments/members?limit=100', options)
  return expectAnswer(answer, 200, listMemberAssignments.output).data.map(({ guardrail_id }) => guardrail_id)
}

test('200 of all workspaces; to an Admin of one, of that one', async () => {
  const { viewer, orgMember, admin } = gateway.sessions
  const here = await newGuardrail({ workspace_id: gateway.teamWorkspaceId })
  const there = await newGuardrail({ workspace_id: (await newWorkspace()).id })
  await call(bulkAssignMembersToGuardrail, { id: here.id, member_user_ids: [viewer.userId] })
  await call(bulkAssignMembersToGuardrail, { id: there.id, member_user_ids: [orgMember.userId] })
  expect(await guardrailsFor({})).toEqual(expect.arrayContaining([here.id, there.id]))
  const forAdmin = await guardrailsFor({ cookie: admin.cookie })
  expect(forAdmin).toContain(here.id)
  expect(forAdmin).not.toContain(there.id)
})

test('400 for a page that is too large', async () => {
  expectError(await send('GET', '/api/v1/guardrails/assignments/members?limit=101'), 400, 'limit')
})
