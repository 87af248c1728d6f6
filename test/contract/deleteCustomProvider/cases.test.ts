import { afterEach, expect, test } from 'vitest'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import { auditRows } from '../audit-trail.ts'
import { CUSTOM_PROVIDERS, deleteCustomProviders, newCustomProvider, newModel } from '../custom-provider-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deleteCustomProvider, getCustomProvider } = CUSTOM_PROVIDER_OPERATIONS

afterEach(deleteCustomProviders)

test('200 once, then 404, and its models are gone', async () => {
  const model = newModel()
  const { id, slug } = await newCustomProvider({ models: [model] })
  const answer = await send('DELETE', `${CUSTOM_PROVIDERS}/${slug}`)
  expect(expectAnswer(answer, 200, deleteCustomProvider.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', `${CUSTOM_PROVIDERS}/${slug}`), 404, 'Custom provider not found')
  expectError(await send('GET', `${CUSTOM_PROVIDERS}/${id}`), 404, 'Custom provider not found')
  const path = `/api/v1/models/${model.id}/endpoints`
  expectError(await send('GET', path, { key: gateway.inferenceKey }), 404, 'Model not found')
  expect((await auditRows({ resource_id: id })).map(({ action }) => action)).toEqual([
    'deleteCustomProvider',
    'createCustomProvider',
  ])
})

test('200 for a workspace that goes: who was seen there alone is seen nowhere, and not everywhere', async () => {
  const [gone, kept] = [await newWorkspace(), await newWorkspace()]
  const both = await newCustomProvider({ workspace_ids: [gone.id, kept.id] })
  const alone = await newCustomProvider({ workspace_ids: [gone.id] })
  await call(deleteWorkspace, { id: gone.id })
  expect((await call(getCustomProvider, { id: both.id })).data.workspace_ids).toEqual([kept.id])
  expect((await call(getCustomProvider, { id: alone.id })).data.workspace_ids).toEqual([])
})

test('404 for one that is not there or is not ours', async () => {
  const made = await newCustomProvider()
  expectError(await send('DELETE', `${CUSTOM_PROVIDERS}/${NO_UUID}`), 404, 'Custom provider not found')
  const theirs = { key: gateway.other.managementKey }
  expectError(await send('DELETE', `${CUSTOM_PROVIDERS}/${made.id}`, theirs), 404, 'Custom provider not found')
})
