import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { bulkAssignKeysToGuardrail, listGuardrailKeyAssignments } = GUARDRAIL_OPERATIONS

test('200 with the key as it is known, in order, page by page', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newGuardrail({ workspace_id })
  const keys = [(await newKey({ name: 'one', workspace_id })).data, (await newKey({ name: 'two', workspace_id })).data]
  for (const { hash } of keys) await call(bulkAssignKeysToGuardrail, { id, key_hashes: [hash] })
  const answer = await send('GET', `/api/v1/guardrails/${id}/assignments/keys`)
  expect(expectAnswer(answer, 200, listGuardrailKeyAssignments.output)).toEqual({
    data: keys.map(({ hash, name, label }) => ({
      id: expect.stringMatching(/-/),
      guardrail_id: id,
      key_hash: hash,
      key_name: name,
      key_label: label,
      assigned_by: null,
      created_at: expect.stringMatching(/Z$/),
    })),
    total_count: 2,
  })
  const { data } = await call(listGuardrailKeyAssignments, { id, offset: 1, limit: 1 })
  expect(data.map(({ key_hash }) => key_hash)).toEqual([keys[1]?.hash])
})

test('200 without a key that was deleted', async () => {
  const { id } = await newGuardrail()
  const { hash } = (await newKey()).data
  await call(bulkAssignKeysToGuardrail, { id, key_hashes: [hash] })
  await send('DELETE', `/api/v1/keys/${hash}`)
  expect(await call(listGuardrailKeyAssignments, { id })).toEqual({ data: [], total_count: 0 })
})

test('400 for a page that is too large', async () => {
  const { id } = await newGuardrail()
  expectError(await send('GET', `/api/v1/guardrails/${id}/assignments/keys?limit=101`), 400, 'limit')
})

test('404 for an unknown guardrail', async () => {
  expectError(await send('GET', `/api/v1/guardrails/${NO_UUID}/assignments/keys`), 404, /^Guardrail not found$/)
})
