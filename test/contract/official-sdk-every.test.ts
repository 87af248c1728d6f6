import { OpenRouter } from '@openrouter/sdk'
import { HTTPClient } from '@openrouter/sdk/lib/http.js'
import { expect, test } from 'vitest'
import { OPERATIONS } from '../../src/contract/operations.ts'
import { newKey, newWorkspace, spend } from './fixtures.ts'
import { OFFICIAL_CALLS } from './official-parsers.ts'
import { gateway } from './request.ts'
import { newDirectoryGroup } from './scim-fixtures.ts'

/*
 * Every official operation that exists here is called by the official SDK, which throws where an answer isn't what it
 * expects. The SDK's own requests are noted, so that an operation that comes later and isn't called fails the last test.
 */

const asked = new Set<string>()
const httpClient = new HTTPClient({
  fetcher: (input, init) => {
    const request = new Request(input, init)
    asked.add(`${request.method} ${new URL(request.url).pathname}`)
    return fetch(request)
  },
})
const sdk = new OpenRouter({
  apiKey: gateway.managementKey,
  serverURL: `${gateway.url}/api/v1`,
  retryConfig: { strategy: 'none' },
  httpClient,
})

/** All rows of an official page iterator. */
async function all<Row>(pages: AsyncIterable<{ result: { data: Row[] } }>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of pages) rows.push(...page.result.data)
  return rows
}

test('workspaces, members and budgets', async () => {
  const { id } = await newWorkspace()
  expect((await sdk.workspaces.get({ id })).data.id).toBe(id)
  const updated = await sdk.workspaces.update({ id, updateWorkspaceRequest: { name: 'By SDK' } })
  expect(updated.data.name).toBe('By SDK')
  const users = { userIds: [gateway.userId] }
  await sdk.workspaces.bulkAddMembers({ id, bulkAddWorkspaceMembersRequest: users })
  expect(await all(await sdk.workspaces.listMembers({ id, limit: 1 }))).toHaveLength(1)
  await sdk.workspaces.bulkRemoveMembers({ id, bulkRemoveWorkspaceMembersRequest: users })
  const budget = { workspaceRef: id, interval: 'monthly' as const }
  await sdk.workspaces.setBudget({ ...budget, upsertWorkspaceBudgetRequest: { limitUsd: 50 } })
  expect((await sdk.workspaces.getBudget(budget)).data).toMatchObject({ limitUsd: 50, resetInterval: 'monthly' })
  expect((await sdk.workspaces.listBudgets({ workspaceRef: id })).data).toHaveLength(1)
  expect((await sdk.workspaces.deleteBudget(budget)).deleted).toBe(true)
  expect((await all(await sdk.workspaces.list({ limit: 5 }))).some((one) => one.id === id)).toBe(true)
  const createWorkspaceRequest = { name: 'Made by SDK', slug: `sdk-${process.pid}-${Date.now()}` }
  const { data } = await sdk.workspaces.create({ createWorkspaceRequest })
  for (const made of [id, data.id]) expect((await sdk.workspaces.delete({ id: made })).deleted).toBe(true)
})

test('keys, credits, usage and what is seen of them', async () => {
  const { key, data } = await sdk.apiKeys.create({ requestBody: { name: 'By SDK' } })
  expect((await sdk.apiKeys.get({ hash: data.hash })).data.name).toBe('By SDK')
  await sdk.apiKeys.update({ hash: data.hash, requestBody: { limit: 9 } })
  expect((await sdk.apiKeys.list()).data.length).toBeGreaterThan(0)
  expect((await sdk.apiKeys.getCurrentKeyMetadata()).data.isManagementKey).toBe(true)
  const { generationId } = await spend(key)
  expect((await sdk.generations.getGeneration({ id: generationId })).data.id).toBe(generationId)
  const feedback = { generationId, category: 'other' as const }
  await sdk.generations.submitFeedback({ submitGenerationFeedbackRequest: feedback })
  await expect(sdk.generations.listGenerationContent({ id: generationId })).rejects.toMatchObject({
    name: 'NotFoundResponseError',
  })
  expect((await sdk.credits.getCredits()).data.totalUsage).toBeGreaterThan(0)
  await sdk.analytics.getUserActivity()
  expect((await sdk.analytics.getAnalyticsMeta()).data).toBeDefined()
  await sdk.analytics.queryAnalytics({ requestBody: { metrics: ['request_count'] } })
  expect((await sdk.apiKeys.delete({ hash: data.hash })).deleted).toBe(true)
  expect((await all(await sdk.organization.listMembers({ limit: 2 }))).length).toBeGreaterThan(2)
})

test('guardrails and what they are assigned to', async () => {
  const { id: workspaceId } = await newWorkspace()
  const keys = await Promise.all(['one', 'two', 'three'].map((name) => newKey({ name, workspace_id: workspaceId })))
  const createGuardrailRequest = { name: 'By SDK', workspaceId, limitUsd: 3, resetInterval: 'daily' as const }
  const { id } = (await sdk.guardrails.create({ createGuardrailRequest })).data
  expect((await sdk.guardrails.get({ id })).data.limitUsd).toBe(3)
  const updated = await sdk.guardrails.update({ id, updateGuardrailRequest: { allowedModels: ['sim/echo'] } })
  expect(updated.data.allowedModels).toEqual(['sim/echo'])
  expect((await all(await sdk.guardrails.list({ workspaceId, limit: 1 }))).some((one) => one.id === id)).toBe(true)
  const keyHashes = keys.map(({ data }) => data.hash)
  await sdk.guardrails.bulkAssignKeys({ id, bulkAssignKeysRequest: { keyHashes } })
  expect(await all(await sdk.guardrails.listGuardrailKeyAssignments({ id, limit: 2 }))).toHaveLength(3)
  expect((await all(await sdk.guardrails.listKeyAssignments({ limit: 2 }))).length).toBeGreaterThanOrEqual(3)
  await sdk.guardrails.bulkUnassignKeys({ id, bulkUnassignKeysRequest: { keyHashes } })
  const memberUserIds = [gateway.userId]
  await sdk.workspaces.bulkAddMembers({ id: workspaceId, bulkAddWorkspaceMembersRequest: { userIds: memberUserIds } })
  await sdk.guardrails.bulkAssignMembers({ id, bulkAssignMembersRequest: { memberUserIds } })
  expect(await all(await sdk.guardrails.listGuardrailMemberAssignments({ id }))).toHaveLength(1)
  expect((await all(await sdk.guardrails.listMemberAssignments())).length).toBeGreaterThanOrEqual(1)
  await sdk.guardrails.bulkUnassignMembers({ id, bulkUnassignMembersRequest: { memberUserIds } })
  expect((await sdk.guardrails.delete({ id })).deleted).toBe(true)
})

test('provider keys and destinations', async () => {
  const { id: workspaceId } = await newWorkspace()
  const createBYOKKeyRequest = { provider: 'openai' as const, key: 'sk-openai-0123456789abcdef', workspaceId }
  const { id } = (await sdk.byok.create({ createBYOKKeyRequest })).data
  expect((await sdk.byok.get({ id })).data.provider).toBe('openai')
  await sdk.byok.update({ id, updateBYOKKeyRequest: { disabled: true } })
  const listed = await all(await sdk.byok.list({ workspaceId }))
  expect(listed.map((credential) => credential.id)).toContain(id)
  expect((await sdk.byok.delete({ id })).deleted).toBe(true)
  const createObservabilityDestinationRequest = {
    type: 'webhook' as const,
    name: 'By SDK',
    config: { url: 'https://hook.example/in' },
    workspaceId,
  }
  const made = (await sdk.observability.create({ createObservabilityDestinationRequest })).data
  if (!('id' in made)) throw new Error('the SDK does not know the type of the destination')
  expect((await sdk.observability.get({ id: made.id })).data).toMatchObject({ id: made.id, type: 'webhook' })
  const updateObservabilityDestinationRequest = { enabled: false }
  await sdk.observability.update({ id: made.id, updateObservabilityDestinationRequest })
  expect(await all(await sdk.observability.list({ workspaceId }))).toHaveLength(1)
  expect((await sdk.observability.delete({ id: made.id })).deleted).toBe(true)
})

test('groups of a directory and what they are mapped to', async () => {
  const { id: workspaceId } = await newWorkspace()
  const scimGroupId = (await newDirectoryGroup()).id
  expect((await all(await sdk.scim.listGroups())).length).toBeGreaterThan(0)
  const createScimGroupMappingRequest = { role: 'member' as const, scimGroupId, workspaceId }
  const { id } = (await sdk.scim.create({ createScimGroupMappingRequest })).data
  expect((await sdk.scim.read({ id })).data.role).toBe('member')
  await sdk.scim.update({ id, updateScimGroupMappingRequest: { role: 'admin' } })
  expect((await all(await sdk.scim.listMappings())).length).toBeGreaterThan(0)
  const job = await sdk.scim.createSyncJob()
  await sdk.scim.getSyncJob({ id: job.result.data.id })
  await sdk.scim.delete({ id, keepMembers: true })
})

test('a key by way of an authorization code', async () => {
  const requestBody = { callbackUrl: 'https://app.example.test/callback', workspaceId: gateway.defaultWorkspaceId }
  const { data } = await sdk.oAuth.createAuthCode({ requestBody })
  const { key } = await sdk.oAuth.exchangeAuthCodeForAPIKey({ requestBody: { code: data.id } })
  expect(key).toMatch(/^sk-or-v1-/)
})

test('presets and their versions', async () => {
  const slug = `sdk-preset-${process.pid}-${Date.now()}`
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const model = 'openai/gpt-4o-mini'
  const first = await sdk.presets.createPresetsChatCompletions({ slug, chatRequest: { model, messages } })
  expect(first.data.designatedVersion?.version).toBe(1)
  await sdk.presets.createPresetsMessages({ slug, messagesRequest: { model, maxTokens: 9, messages } })
  const third = await sdk.presets.createPresetsResponses({ slug, responsesRequest: { model, input: 'Hello' } })
  expect(third.data.designatedVersion?.version).toBe(3)
  expect((await sdk.presets.get({ slug })).data.id).toBe(first.data.id)
  expect((await sdk.presets.getVersion({ slug, version: '2' })).data?.config).toMatchObject({ max_tokens: 9 })
  expect(await all(await sdk.presets.listVersions({ slug, limit: 2 }))).toHaveLength(3)
  expect((await all(await sdk.presets.list())).some((preset) => preset.slug === slug)).toBe(true)
})

test('models, endpoints and providers', async () => {
  expect((await all(await sdk.models.list({ limit: 2 }))).length).toBeGreaterThan(2)
  expect((await sdk.models.get({ author: 'sim', slug: 'lorem' })).data.id).toBe('sim/lorem')
  expect(
    (await all(await sdk.models.listForUser({ bearer: gateway.inferenceKey }, { limit: 2 }))).length,
  ).toBeGreaterThan(0)
  expect((await sdk.models.count()).data.count).toBeGreaterThan(0)
  expect((await sdk.endpoints.list({ author: 'sim', slug: 'lorem' })).data.id).toBe('sim/lorem')
  expect((await sdk.providers.list()).data.length).toBeGreaterThan(0)
  expect((await sdk.endpoints.listZdrEndpoints()).data.length).toBeGreaterThan(0)
  expect(await all(await sdk.embeddings.listModels())).toEqual([])
})

test('every official operation that exists was called above', () => {
  const anyName = (path: string) => path.replace(/\{\w+\}/g, '{}')
  const official = new Set(OFFICIAL_CALLS.map(anyName))
  const existing = Object.values(OPERATIONS).map(({ method, path }) =>
    anyName(`${method} ${path.slice('/api/v1'.length)}`),
  )
  const missing = existing.filter((call) => official.has(call) && ![...asked].some((made) => isCall(made, call)))
  expect(missing).toEqual([])
})

function isCall(made: string, call: string): boolean {
  const [method, path = ''] = call.split(' ')
  return new RegExp(`^${method} /api/v1${path.replaceAll('{}', '[^/]+')}$`).test(made)
}
