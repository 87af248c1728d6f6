import { afterAll, beforeAll, expect, test } from 'vitest'
import { GUARDRAIL_PREVIEW_OPERATIONS } from '../../../src/contract/management/guardrail-previews.ts'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { ORGANIZATION_POLICY_OPERATIONS } from '../../../src/contract/management/organization-policy.ts'
import { deleteCustomProviders, newCustomProvider, newModel } from '../custom-provider-fixtures.ts'
import { NO_HASH, NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { clearPolicy } from '../policy-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { previewGuardrail } = GUARDRAIL_PREVIEW_OPERATIONS
const { bulkAssignKeysToGuardrail, bulkAssignMembersToGuardrail, updateGuardrail } = GUARDRAIL_OPERATIONS
const ask = (id: string, body: unknown, options: object = {}) =>
  send('POST', `/api/v1/guardrails/${id}/preview`, { body, ...options })

async function preview(id: string, body: object = {}) {
  return expectAnswer(await ask(id, { limit: 100, ...body }), 200, previewGuardrail.output)
}

beforeAll(clearPolicy)
afterAll(clearPolicy)

test('200 with every model while nothing restricts', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newGuardrail({ workspace_id })
  const { data, total_count } = await preview(id)
  expect(total_count).toBeGreaterThan(1)
  expect(data).toMatchObject({ allowed_model_count: total_count, budgets: [], content_filters: [] })
  expect(data.layers.at(-1)).toEqual({ scope: 'key', guardrail_id: id, name: 'no-frontier' })
  expect(data.models.find((model) => model.id === 'sim/echo')).toEqual({
    id: 'sim/echo',
    name: expect.any(String),
    allowed: true,
    excluded_by: [],
    endpoints: [{ tag: 'sim', provider_name: expect.any(String), allowed: true }],
  })
  const page = await call(previewGuardrail, { id, offset: 1, limit: 1 })
  expect(page).toMatchObject({ total_count, data: { models: [data.models[1]] } })
})

test('200 with the private models that its workspace sees, and with none of a sibling', async () => {
  const [own, sibling] = [await newWorkspace(), await newWorkspace()]
  const [seen, unseen] = [newModel(), newModel()]
  await newCustomProvider({ models: [seen], workspace_ids: [own.id] })
  await newCustomProvider({ models: [unseen], workspace_ids: [sibling.id] })
  const { data } = await preview((await newGuardrail({ workspace_id: own.id })).id)
  await deleteCustomProviders()
  const ids = data.models.map(({ id }) => id)
  expect([ids.includes(seen.id), ids.includes(unseen.id)]).toEqual([true, false])
})

test('200 puts policy, default, member and key guardrails together, and says which keeps a model away', async () => {
  const { id: workspace_id, default_guardrail_id } = await newWorkspace()
  const { userId } = gateway.sessions.billingManager
  const { hash } = (await newKey({ workspace_id, creator_user_id: userId })).data
  const budget = { limit_usd: 2, reset_interval: 'daily' as const }
  await call(ORGANIZATION_POLICY_OPERATIONS.updateOrganizationPolicy, { ignored_models: ['sim/slow-10'] })
  await call(updateGuardrail, { id: default_guardrail_id, allowed_providers: ['sim'], ...budget })
  const member = await newGuardrail({ workspace_id, name: 'member', ignored_models: ['sim/echo'], limit_usd: 9 })
  await call(bulkAssignMembersToGuardrail, { id: member.id, member_user_ids: [userId] })
  const old = await newGuardrail({ workspace_id, name: 'old', allowed_models: ['a/b'] })
  await call(bulkAssignKeysToGuardrail, { id: old.id, key_hashes: [hash] })
  const filter = { pattern: 'x', action: 'block' as const, label: null }
  const { id } = await newGuardrail({
    workspace_id,
    name: 'key',
    allowed_models: ['sim/lorem', 'sim/echo'],
    content_filters: [filter],
  })
  const { data } = await preview(id, { key_hash: hash })
  const [byDefault, byMember, byKey] = [
    { scope: 'workspace', guardrail_id: default_guardrail_id, name: `Workspace ${workspace_id} Default` },
    { scope: 'member', guardrail_id: member.id, name: 'member' },
    { scope: 'key', guardrail_id: id, name: 'key' },
  ]
  expect(data.layers).toEqual([
    { scope: 'organization', guardrail_id: null, name: 'Organization policy' },
    byDefault,
    byMember,
    byKey,
  ])
  expect(data.models.filter(({ allowed }) => allowed).map((model) => model.id)).toEqual(['sim/lorem'])
  expect(data.allowed_model_count).toBe(1)
  const echo = data.models.find((model) => model.id === 'sim/echo')
  expect(echo).toMatchObject({ allowed: false, excluded_by: [{ ...byMember, reason: 'ignored_models' }] })
  expect(data.budgets).toEqual([
    { ...byDefault, ...budget, include_byok_in_budgets: false },
    { ...byMember, limit_usd: 9, reset_interval: null, include_byok_in_budgets: false },
  ])
  expect(data.content_filters).toEqual([filter])
  const ofDefault = await preview(default_guardrail_id, { key_hash: hash })
  expect(ofDefault.data.layers.map(({ name }) => name).slice(1)).toEqual([byDefault.name, 'member', 'old'])
  const forMember = await preview(id, { member_user_id: userId })
  expect(forMember.data.layers.slice(1)).toEqual([byDefault, { ...byKey, scope: 'member' }])
})

test('400 for a key and a member together, a key of another workspace, and a stranger', async () => {
  const { id } = await newGuardrail()
  const key_hash = (await newKey()).data.hash
  expectError(await ask(id, { key_hash, member_user_id: gateway.userId }), 400, 'member_user_id')
  const elsewhere = (await newKey({ workspace_id: (await newWorkspace()).id })).data.hash
  expectError(await ask(id, { key_hash: elsewhere }), 400, 'key_hash')
  expectError(await ask(id, { member_user_id: 'user_stranger' }), 400, 'member_user_id')
})

test('404 for an unknown guardrail and an unknown key', async () => {
  expectError(await ask(NO_UUID, {}), 404, /^Guardrail not found$/)
  expectError(await ask((await newGuardrail()).id, { key_hash: NO_HASH }), 404, /^API key not found$/)
})

test('404 for a Developer who asks about somebody else; 200 about themselves', async () => {
  const { developer, viewer } = gateway.sessions
  const { id } = await newGuardrail({ workspace_id: gateway.teamWorkspaceId })
  await call(bulkAssignMembersToGuardrail, { id, member_user_ids: [developer.userId] })
  const as = (member_user_id: string) => ask(id, { member_user_id }, { cookie: developer.cookie })
  expectError(await as(viewer.userId), 404, /^Member not found$/)
  expect((await as(developer.userId)).status).toBe(200)
})
