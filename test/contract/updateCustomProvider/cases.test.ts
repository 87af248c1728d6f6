import { afterEach, expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import { auditRows } from '../audit-trail.ts'
import { newByokKey } from '../byok-fixtures.ts'
import {
  CUSTOM_PROVIDERS,
  deleteCustomProviders,
  newCustomProvider,
  newModel,
  PROVIDER_KEY,
} from '../custom-provider-fixtures.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { getCustomProvider, updateCustomProvider } = CUSTOM_PROVIDER_OPERATIONS

afterEach(deleteCustomProviders)

async function update(ref: string, body: object) {
  return await send('PATCH', `${CUSTOM_PROVIDERS}/${ref}`, { body })
}

test('200 changes what is given, keeps what is not, and clears what is null', async () => {
  const workspace = await newWorkspace()
  const made = await newCustomProvider({
    api_key: PROVIDER_KEY,
    status_page_url: 'https://llm.example.test/status',
    workspace_ids: [workspace.id],
  })
  const body = {
    name: 'New name',
    models: [newModel(), newModel()],
    data_policy: { training: false, retains_prompts: false },
    status_page_url: null,
    workspace_ids: null,
  }
  const { data } = expectAnswer(await update(made.slug, body), 200, updateCustomProvider.output)
  expect(data).toEqual({ ...made, ...body, updated_at: expect.stringMatching(/Z$/) })
  expect((await call(getCustomProvider, { id: made.id })).data).toEqual(data)
})

test('200 and the catalogue shows the models that it has now, where it is seen now', async () => {
  const [first, second] = [await newWorkspace(), await newWorkspace()]
  const keys = [(await newKey({ workspace_id: first.id })).key, (await newKey({ workspace_id: second.id })).key]
  const [before, after] = [newModel(), newModel()]
  const made = await newCustomProvider({ models: [before], workspace_ids: [first.id] })
  await update(made.id, { models: [after], workspace_ids: [second.id] })
  const seen = await Promise.all(
    keys.map(async (key) => JSON.stringify((await send('GET', '/api/v1/models', { key })).body)),
  )
  expect(seen.map((text) => [text.includes(before.id), text.includes(after.id)])).toEqual([
    [false, false],
    [false, true],
  ])
})

test('200 puts a new credential in the place of the old one, or none; the audit log tells that, and not which', async () => {
  const made = await newCustomProvider({ api_key: PROVIDER_KEY })
  const secret = 'sk-another-secret-0000WxYz'
  expect((await update(made.id, { api_key: secret })).body).toMatchObject({ data: { key_label: 'sk-...WxYz' } })
  expect((await update(made.id, { api_key: null })).body).toMatchObject({ data: { key_label: null } })
  const rows = await auditRows({ resource_id: made.id, action: 'updateCustomProvider' })
  expect(rows.map(({ after }) => (after as { is_key_replaced?: boolean }).is_key_replaced)).toEqual([undefined, true])
  expect(JSON.stringify(rows)).not.toContain(secret)
})

test('400 for another host without the credential, which is not sent to whom it was not given for', async () => {
  const made = await newCustomProvider({ api_key: PROVIDER_KEY })
  expectError(await update(made.id, { base_url: 'https://evil.example.test/v1' }), 400, 'api_key: required')
  expectError(await update(made.id, { base_url: 'http://llm.example.test/v1' }), 400, 'api_key: required')
  expect((await call(getCustomProvider, { id: made.id })).data).toEqual(made)
  for (const body of [
    { base_url: 'https://llm.example.test/v2' },
    { base_url: 'https://new.example.test/v2', api_key: PROVIDER_KEY },
    { base_url: 'https://newer.example.test/v2', api_key: null },
    { base_url: 'https://newest.example.test/v2' },
  ]) {
    expect(await update(made.id, body)).toMatchObject({ status: 200, body: { data: { base_url: body.base_url } } })
  }
})

test('400 names the field, and nothing changes', async () => {
  const made = await newCustomProvider()
  for (const [body, named] of [
    [{ slug: 'other' }, 'slug'],
    [{ dialect: 'openai-chat' }, 'dialect'],
    [{ base_url: 'http://192.168.0.1/v1' }, 'base_url: 192.168.0.1 is a private address'],
    [{ models: [] }, 'models'],
    [{ name: 'b', workspace_ids: [NO_UUID] }, `workspace_ids: ${NO_UUID}`],
    [{ name: 'b', workspace_ids: [gateway.other.workspaceId] }, `workspace_ids: ${gateway.other.workspaceId}`],
    [{ api_key: '' }, 'api_key'],
  ] as const) {
    expectError(await update(made.id, body), 400, named)
  }
  expect((await call(getCustomProvider, { id: made.id })).data).toEqual(made)
})

test('409 for a name that stands for another provider, and none for its own', async () => {
  const first = await newCustomProvider({ slug: 'first', name: 'The First' })
  const second = await newCustomProvider({ slug: 'second' })
  for (const name of ['THE FIRST', 'first', 'sim']) {
    expectError(await update(second.id, { name }), 409, `name: another provider is called "${name}" already`)
  }
  expect(await update(first.id, { name: 'the first' })).toMatchObject({ status: 200 })
})

test('409 for another host while workspaces have credentials for the provider, which are not to be sent there', async () => {
  const made = await newCustomProvider()
  const { id: workspaceId } = await newWorkspace()
  const credential = await newByokKey({ provider: made.slug, workspace_id: workspaceId })
  const moved = { base_url: 'https://evil.example.test/v1' }
  expectError(await update(made.id, moved), 409, `base_url: 1 BYOK keys for "${made.slug}"`)
  expect((await call(getCustomProvider, { id: made.id })).data).toEqual(made)
  expect(await update(made.id, { base_url: 'https://llm.example.test/v2' })).toMatchObject({ status: 200 })
  await call(BYOK_OPERATIONS.deleteBYOKKey, { id: credential.id })
  expect(await update(made.id, moved)).toMatchObject({ status: 200 })
})

test('404 for one that is not there or is not ours', async () => {
  const made = await newCustomProvider()
  expectError(await update(NO_UUID, { name: 'b' }), 404, 'Custom provider not found')
  const theirs = { body: { name: 'b' }, key: gateway.other.managementKey }
  expectError(await send('PATCH', `${CUSTOM_PROVIDERS}/${made.id}`, theirs), 404, 'Custom provider not found')
})
