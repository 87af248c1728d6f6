import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const operations = GUARDRAIL_OPERATIONS

test('200 takes it away with its assignments', async () => {
  const { id } = await newGuardrail()
  const { data: key } = await newKey()
  await call(operations.bulkAssignKeysToGuardrail, { id, key_hashes: [key.hash] })
  await call(operations.bulkAssignMembersToGuardrail, { id, member_user_ids: [gateway.userId] })
  const answer = await send('DELETE', `/api/v1/guardrails/${id}`)
  expect(expectAnswer(answer, 200, operations.deleteGuardrail.output)).toEqual({ deleted: true })
  expectError(await send('GET', `/api/v1/guardrails/${id}`), 404, 'Guardrail not found')
  const keys = await call(operations.listKeyAssignments, { limit: 100 })
  const members = await call(operations.listMemberAssignments, { limit: 100 })
  expect([...keys.data, ...members.data].filter(({ guardrail_id }) => guardrail_id === id)).toEqual([])
})

test('200 for a default guardrail, which then restricts nothing until it is updated again', async () => {
  const { default_guardrail_id: id } = await newWorkspace()
  await call(operations.updateGuardrail, { id, limit_usd: 1 })
  expect((await send('DELETE', `/api/v1/guardrails/${id}`)).status).toBe(200)
  expectError(await send('GET', `/api/v1/guardrails/${id}`), 404, 'Guardrail not found')
})

test('404 for an unknown one, one deleted before, and a default one that never was', async () => {
  const { id } = await newGuardrail()
  await call(operations.deleteGuardrail, { id })
  const { default_guardrail_id } = await newWorkspace()
  for (const gone of [NO_UUID, 'nothing', id, default_guardrail_id]) {
    expectError(await send('DELETE', `/api/v1/guardrails/${gone}`), 404, /^Guardrail not found$/)
  }
})
