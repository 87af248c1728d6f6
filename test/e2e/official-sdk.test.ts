import { OpenRouter } from '@openrouter/sdk'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { oneProvider } from './provider-config.ts'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_SIM: 'on' } })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

function sdk(apiKey = gateway.managementKey): OpenRouter {
  return new OpenRouter({ apiKey, serverURL: `${gateway.url}/api/v1`, retryConfig: { strategy: 'none' } })
}

test('the official SDK administers workspaces: create, list, get by slug and by UUID, update, delete', async () => {
  const admin = sdk()
  const created = await admin.workspaces.create({ createWorkspaceRequest: { name: 'Staging', slug: 'sdk-staging' } })
  const { id } = created.data
  expect((await admin.workspaces.get({ id: 'sdk-staging' })).data).toEqual((await admin.workspaces.get({ id })).data)
  const updated = await admin.workspaces.update({ id: 'sdk-staging', updateWorkspaceRequest: { name: 'Renamed' } })
  expect(updated.data).toMatchObject({ id, name: 'Renamed' })
  const slugs: string[] = []
  for await (const page of await admin.workspaces.list()) slugs.push(...page.result.data.map(({ slug }) => slug))
  expect(slugs).toEqual(expect.arrayContaining(['default', 'sdk-staging']))
  expect(await admin.workspaces.delete({ id })).toEqual({ deleted: true })
  await expect(admin.workspaces.get({ id })).rejects.toThrow('Workspace not found')
})

test('the official SDK administers keys: create, list, get, update, current key, delete', async () => {
  const admin = sdk()
  const created = await admin.apiKeys.create({ requestBody: { name: 'sdk key', limit: 5, limitReset: 'monthly' } })
  const { hash } = created.data
  expect(created.key).toMatch(/^sk-or-v1-[0-9a-f]{64}$/)
  expect((await admin.apiKeys.get({ hash })).data).toMatchObject({
    hash,
    limit: 5,
    limitRemaining: 5,
    limitReset: 'monthly',
  })
  expect((await admin.apiKeys.list()).data.map((key) => key.hash)).toContain(hash)
  const updated = await admin.apiKeys.update({ hash, requestBody: { name: 'renamed', disabled: true } })
  expect(updated.data).toMatchObject({ name: 'renamed', disabled: true })
  await admin.apiKeys.update({ hash, requestBody: { disabled: false } })
  expect((await sdk(created.key).apiKeys.getCurrentKeyMetadata()).data).toMatchObject({
    limit: 5,
    isManagementKey: false,
  })
  expect(await admin.apiKeys.delete({ hash })).toEqual({ deleted: true })
  await expect(sdk(created.key).apiKeys.getCurrentKeyMetadata()).rejects.toThrow('User not found.')
})

test('the official SDK reads credits, activity, members, the catalogue and a generation', async () => {
  const admin = sdk()
  const client = sdk(await gateway.createKey())
  const answer = await client.chat.send({
    chatRequest: { model: 'alpha/small', messages: [{ role: 'user', content: 'Hi' }] },
  })
  const id = 'id' in answer ? answer.id : ''
  expect((await admin.generations.getGeneration({ id })).data).toMatchObject({
    id,
    model: 'alpha/small',
    streamed: false,
  })
  expect((await client.generations.getGeneration({ id })).data.usage).toBeGreaterThan(0)
  expect((await admin.credits.getCredits()).data.totalUsage).toBeGreaterThan(0)
  const today = new Date().toISOString().slice(0, 10)
  expect((await admin.analytics.getUserActivity({ date: today })).data[0]).toMatchObject({ date: today })
  expect((await admin.analytics.getUserActivity()).data).toEqual([])
  for await (const page of await admin.organization.listMembers()) expect(page.result.totalCount).toBe(0)
  const models: string[] = []
  for await (const page of await client.models.list()) models.push(...page.result.data.map((model) => model.id))
  expect(models).toContain('alpha/small')
  expect((await client.models.count()).data.count).toBeGreaterThan(0)
  const { data } = await client.endpoints.list({ author: 'alpha', slug: 'small' })
  expect(data.endpoints).toHaveLength(1)
  expect((await client.providers.list()).data.map(({ slug }) => slug)).toContain('alpha')
})

describe.each(['alpha/small', 'sim/lorem'])('model %s', (model) => {
  const messages = [{ role: 'user' as const, content: 'Say something' }]

  test('answers the official SDK, whole and streamed', async () => {
    const client = sdk(await gateway.createKey())
    const whole = await client.chat.send({ chatRequest: { model, messages } })
    expect(whole).toMatchObject({ object: 'chat.completion', choices: [{ finishReason: 'stop' }] })
    const stream = await client.chat.send({ chatRequest: { model, messages, stream: true } })
    let text = ''
    let cost: unknown
    for await (const chunk of stream as AsyncIterable<{
      choices: { delta: { content?: string | null } }[]
      usage?: { cost?: number | null }
    }>) {
      text += chunk.choices[0]?.delta.content ?? ''
      cost = chunk.usage?.cost ?? cost
    }
    expect(text.split(' ').length).toBeGreaterThan(3)
    expect(cost).toBeGreaterThan(0)
  })

  test('answers the openai package, whole and streamed', async () => {
    const client = new OpenAI({ apiKey: await gateway.createKey(), baseURL: `${gateway.url}/api/v1`, maxRetries: 0 })
    const whole = await client.chat.completions.create({ model, messages })
    expect(whole.choices[0]?.message.content?.length).toBeGreaterThan(3)
    let text = ''
    let tokens = 0
    const stream = await client.chat.completions.create({ model, messages, stream: true })
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      tokens = chunk.usage?.total_tokens ?? tokens
    }
    expect(text.length).toBeGreaterThan(3)
    expect(tokens).toBeGreaterThan(0)
  })
})

test('between the clients of two workspaces only the key differs', async () => {
  const workspace = await sdk().workspaces.create({ createWorkspaceRequest: { name: 'Other', slug: 'sdk-other' } })
  const keys = [await gateway.createKey(), await gateway.createKey({ workspace_id: workspace.data.id })]
  const owners: (string | null)[] = []
  for (const key of keys) {
    const client = sdk(key)
    const answer = await client.chat.send({
      chatRequest: { model: 'alpha/small', messages: [{ role: 'user', content: 'Hi' }] },
    })
    const generation = await client.generations.getGeneration({ id: 'id' in answer ? answer.id : '' })
    owners.push((await client.apiKeys.getCurrentKeyMetadata()).data.workspaceId ?? null)
    expect(generation.data.id).toBe('id' in answer ? answer.id : '')
  }
  expect(new Set(owners).size).toBe(2)
  expect(owners[1]).toBe(workspace.data.id)
})

test('a refusal reaches the official SDK as its typed error, not as a broken answer', async () => {
  const client = sdk(await gateway.createKey())
  const request = { chatRequest: { model: 'no/such', messages: [{ role: 'user' as const, content: 'Hi' }] } }
  await expect(client.chat.send(request)).rejects.toThrow('no/such is not a valid model ID')
  await expect(sdk(await gateway.createKey()).workspaces.list()).rejects.toThrow('Only management keys')
})
