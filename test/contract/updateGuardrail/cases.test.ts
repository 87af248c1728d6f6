import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newGuardrail, SILENT } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { updateGuardrail, getGuardrail, listGuardrails, deleteGuardrail } = GUARDRAIL_OPERATIONS
const patch = (id: string, body: unknown, options: object = {}) =>
  send('PATCH', `/api/v1/guardrails/${id}`, { body, ...options })

test('200 keeps what is omitted, clears what is null, replaces lists whole', async () => {
  const before = await newGuardrail({
    description: 'old',
    allowed_models: ['a/b', 'c/d'],
    ignored_providers: ['azure'],
    limit_usd: 5,
    reset_interval: 'weekly',
    content_filters: [{ pattern: 'x', action: 'flag' }],
    content_filter_builtins: [{ slug: 'ssn', action: 'block' }],
  })
  const body = { name: 'new', description: null, allowed_models: ['e/f'], limit_usd: null, content_filters: null }
  const { data } = expectAnswer(await patch(before.id, body), 200, updateGuardrail.output)
  expect(data).toEqual({ ...before, ...body, updated_at: expect.stringMatching(/Z$/) })
  expect(await call(getGuardrail, { id: before.id })).toEqual({ data })
})

test('200 for the default guardrail makes it exist, and it is listed under its own name', async () => {
  const { id: workspace_id, default_guardrail_id: id } = await newWorkspace()
  expect((await call(listGuardrails, { workspace_id })).total_count).toBe(0)
  const answer = await patch(id, { allowed_providers: ['openai'] })
  const { data } = expectAnswer(answer, 200, updateGuardrail.output)
  expect(data).toEqual({
    ...SILENT,
    id,
    workspace_id,
    name: `Workspace ${workspace_id} Default`,
    allowed_providers: ['openai'],
    created_at: expect.stringMatching(/Z$/),
  })
  expect(await call(listGuardrails, { workspace_id })).toEqual({ data: [data], total_count: 1 })
  const again = expectAnswer(await patch(id, { limit_usd: 1, name: data.name }), 200, updateGuardrail.output)
  expect(again.data).toMatchObject({ id, allowed_providers: ['openai'], limit_usd: 1 })
  expect((await call(listGuardrails, { workspace_id })).total_count).toBe(1)
})

test('200 makes a deleted default guardrail anew, without what it said before', async () => {
  const { default_guardrail_id: id } = await newWorkspace()
  await call(updateGuardrail, { id, allowed_providers: ['openai'] })
  await call(deleteGuardrail, { id })
  expect((await call(updateGuardrail, { id })).data).toMatchObject({ ...SILENT, id })
})

test('400 for renaming a default guardrail, whether it exists yet or not, and nothing is changed', async () => {
  const { id: workspace_id, default_guardrail_id: id } = await newWorkspace()
  expectError(await patch(id, { name: 'mine', limit_usd: 1 }), 400, /^name: /)
  expect((await call(listGuardrails, { workspace_id })).total_count).toBe(0)
  const { data } = await call(updateGuardrail, { id })
  expectError(await patch(id, { name: 'mine', limit_usd: 1 }), 400, /^name: /)
  expect(await call(getGuardrail, { id })).toEqual({ data })
})

test.each([
  ['an empty name', { name: '' }, 'name'],
  ['a null name', { name: null }, 'name'],
  ['an empty list', { allowed_models: [] }, 'allowed_models'],
  ['a move to another workspace', { workspace_id: NO_UUID }, 'workspace_id'],
  ['a bad pattern', { content_filters: [{ pattern: '[', action: 'flag' }] }, 'content_filters.0.pattern'],
])('400 names the field of %s, and nothing is changed', async (_name, body, field) => {
  const data = await newGuardrail()
  expectError(await patch(data.id, { description: 'changed', ...body }), 400, field)
  expect(await call(getGuardrail, { id: data.id })).toEqual({ data })
})

test('404 for an unknown guardrail, what is no UUID, and a version 5 UUID of nothing', async () => {
  for (const id of [NO_UUID, 'nothing', '00000000-0000-5000-8000-000000000000']) {
    expectError(await patch(id, { name: 'x' }), 404, /^Guardrail not found$/)
  }
})

test('404 for the default guardrail of a deleted workspace', async () => {
  const { id, default_guardrail_id } = await newWorkspace()
  await call(updateGuardrail, { id: default_guardrail_id })
  await send('DELETE', `/api/v1/workspaces/${id}`)
  expectError(await patch(default_guardrail_id, {}), 404, /^Guardrail not found$/)
})

test('404 for the default guardrail of a workspace that somebody does not administer', async () => {
  const { default_guardrail_id: foreign } = await newWorkspace()
  const { cookie } = gateway.sessions.admin
  expectError(await patch(foreign, {}, { key: null, cookie }), 404, /^Guardrail not found$/)
})
