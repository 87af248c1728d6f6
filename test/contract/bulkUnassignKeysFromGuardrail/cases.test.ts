import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_HASH, NO_UUID, newKey } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { bulkAssignKeysToGuardrail, bulkUnassignKeysFromGuardrail, listGuardrailKeyAssignments } = GUARDRAIL_OPERATIONS
const unassign = (id: string, body: unknown) =>
  send('POST', `/api/v1/guardrails/${id}/assignments/keys/remove`, { body })

test('200 counts the keys that had it, and leaves the guardrails of others alone', async () => {
  const [one, other] = [await newGuardrail(), await newGuardrail()]
  const [first, second] = [(await newKey()).data.hash, (await newKey()).data.hash]
  await call(bulkAssignKeysToGuardrail, { id: one.id, key_hashes: [first] })
  await call(bulkAssignKeysToGuardrail, { id: other.id, key_hashes: [second] })
  const key_hashes = [first, second, NO_HASH]
  const answer = await unassign(one.id, { key_hashes })
  expect(expectAnswer(answer, 200, bulkUnassignKeysFromGuardrail.output)).toEqual({ unassigned_count: 1 })
  expect((await call(listGuardrailKeyAssignments, { id: one.id })).total_count).toBe(0)
  expect((await call(listGuardrailKeyAssignments, { id: other.id })).total_count).toBe(1)
  expect((await unassign(one.id, { key_hashes })).body).toEqual({ unassigned_count: 0 })
})

test('400 for an empty list', async () => {
  expectError(await unassign((await newGuardrail()).id, { key_hashes: [] }), 400, 'key_hashes')
})

test('404 for an unknown guardrail', async () => {
  expectError(await unassign(NO_UUID, { key_hashes: [NO_HASH] }), 404, /^Guardrail not found$/)
})
