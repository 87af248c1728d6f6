import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectError, gateway, send } from '../request.ts'

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
