import { OpenRouter } from '@openrouter/sdk'
import { expect, test } from 'vitest'
import { newKey, newWorkspace, spend } from './fixtures.ts'
import { gateway, newSlug } from './request.ts'

const sdk = new OpenRouter({
  apiKey: gateway.managementKey,
  serverURL: `${gateway.url}/api/v1`,
  retryConfig: { strategy: 'none' },
  httpReferer: 'https://app.example.test',
  appTitle: 'An app',
})

test('workspaces with every field, and their members', async () => {
  const request = {
    name: 'All fields',
    slug: newSlug(),
    description: 'text',
    defaultTextModel: 'sim/echo',
    defaultImageModel: null,
    defaultProviderSort: 'latency',
    ioLoggingApiKeyIds: [1, 2],
    ioLoggingSamplingRate: 0.5,
    isDataDiscountLoggingEnabled: false,
    isObservabilityBroadcastEnabled: true,
    isObservabilityIoLoggingEnabled: true,
    disabledServerTools: ['openrouter:web_search' as const],
  }
  const { data } = await sdk.workspaces.create({ createWorkspaceRequest: request })
  expect(data).toMatchObject(request)
  const { id } = data
  const bulkAddWorkspaceMembersRequest = { userIds: [gateway.userId] }
  const added = await sdk.workspaces.bulkAddMembers({ id, bulkAddWorkspaceMembersRequest })
  expect(added).toMatchObject({ addedCount: 1, data: [{ userId: gateway.userId, role: 'admin' }] })
  for await (const page of await sdk.workspaces.listMembers({ id })) expect(page.result.totalCount).toBe(1)
  const removed = await sdk.workspaces.bulkRemoveMembers({
    id,
    bulkRemoveWorkspaceMembersRequest: bulkAddWorkspaceMembersRequest,
  })
  expect(removed.removedCount).toBe(1)
})

test('its pages go through more workspaces than fit on one, without a gap', async () => {
  const made = new Set<string>()
  for (let count = 0; count < 55; count += 1) made.add((await newWorkspace()).id)
  for await (const page of await sdk.workspaces.list()) for (const { id } of page.result.data) made.delete(id)
  expect(made.size).toBe(0)
})

test('keys with every field, and lists of them with every filter', async () => {
  const { id: workspaceId } = await newWorkspace()
  const requestBody = {
    name: 'sdk',
    limit: 3,
    limitReset: 'weekly' as const,
    includeByokInLimit: true,
    expiresAt: new Date('2099-06-01T12:30:45Z'),
    creatorUserId: gateway.userId,
    workspaceId,
    external: { user: 'customer' },
  }
  const { data } = await sdk.apiKeys.create({ requestBody })
  expect(data).toMatchObject({
    limit: 3,
    limitReset: 'weekly',
    includeByokInLimit: true,
    expiresAt: requestBody.expiresAt,
    creatorUserId: gateway.userId,
    workspaceId,
    externalUser: 'customer',
  })
  await sdk.apiKeys.update({ hash: data.hash, requestBody: { limit: null, limitReset: null, disabled: true } })
  expect((await sdk.apiKeys.list({ workspaceId, offset: 0 })).data).toEqual([])
  const listed = await sdk.apiKeys.list({ workspaceId, includeDisabled: true })
  expect(listed.data).toMatchObject([{ hash: data.hash, disabled: true, limit: null }])
})

test('activity with every filter', async () => {
  const { id: workspaceId } = await newWorkspace()
  const { key, data } = await newKey({ workspace_id: workspaceId, creator_user_id: gateway.userId })
  await spend(key)
  const request = {
    date: new Date().toISOString().slice(0, 10),
    apiKeyHash: data.hash,
    userId: gateway.userId,
    groupBy: 'workspace' as const,
    workspaceId,
  }
  await expect.poll(async () => (await sdk.analytics.getUserActivity(request)).data.length).toBe(1)
})

test('one model, and a list by what is asked of models', async () => {
  expect((await sdk.models.get({ author: 'sim', slug: 'lorem' })).data.id).toBe('sim/lorem')
  const listed = async (filters: Parameters<typeof sdk.models.list>[0]) => {
    const ids: string[] = []
    for await (const page of await sdk.models.list(filters)) ids.push(...page.result.data.map(({ id }) => id))
    return ids
  }
  expect(await listed({ sort: 'newest', minPrice: 0, inputModalities: 'text' })).toContain('sim/lorem')
  const dearer = await listed({ minPrice: 1.5 })
  expect(dearer).not.toContain('sim/lorem')
  expect(await listed({ inputModalities: 'audio' })).not.toContain('sim/lorem')
})

test('refusals are its typed errors', async () => {
  await expect(sdk.workspaces.get({ id: 'nothing-here' })).rejects.toMatchObject({ name: 'NotFoundResponseError' })
  const createWorkspaceRequest = { name: 'x', slug: 'default' }
  await expect(sdk.workspaces.create({ createWorkspaceRequest })).rejects.toMatchObject({
    name: 'BadRequestResponseError',
  })
  const stranger = new OpenRouter({
    apiKey: 'sk-or-v1-x',
    serverURL: `${gateway.url}/api/v1`,
    retryConfig: { strategy: 'none' },
  })
  await expect(stranger.credits.getCredits()).rejects.toMatchObject({ name: 'UnauthorizedResponseError' })
})
