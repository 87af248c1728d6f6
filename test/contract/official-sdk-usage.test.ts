import { OpenRouter } from '@openrouter/sdk'
import { expect, test } from 'vitest'
import { DESTINATION_CONFIG_SAMPLES } from '../harness/destination-configs.ts'
import { newKey, newWorkspace, spend } from './fixtures.ts'
import { gateway } from './request.ts'

/** The official client's own parsers over what is answered about usage. */
const sdk = new OpenRouter({
  apiKey: gateway.managementKey,
  serverURL: `${gateway.url}/api/v1`,
  retryConfig: { strategy: 'none' },
})

test('analytics, what can be asked and a question with every field', async () => {
  const { key, data } = await newKey()
  await spend(key)
  const { metrics, dimensions } = (await sdk.analytics.getAnalyticsMeta()).data
  expect(metrics.length).toBeGreaterThan(10)
  expect(dimensions.length).toBeGreaterThan(5)
  const requestBody = {
    metrics: ['request_count', 'total_usage', 'usage_cache'],
    dimensions: ['api_key_id', 'user'],
    filters: [{ field: 'api_key_id', operator: 'in' as const, value: [data.hash], includeUnset: false }],
    granularity: 'day' as const,
    timeRange: { start: new Date(Date.now() - 86_400_000), end: new Date(Date.now() + 60_000) },
    orderBy: { field: 'date', direction: 'desc' as const },
    limit: 5,
    groupLimit: 5,
  }
  // It knows no keys of a row, so that all it gives is how many there are.
  await expect.poll(async () => (await sdk.analytics.queryAnalytics({ requestBody })).data.metadata.rowCount).toBe(1)
})

test.each(Object.keys(DESTINATION_CONFIG_SAMPLES) as (keyof typeof DESTINATION_CONFIG_SAMPLES)[])(
  'a destination of type %s, which the client knows by its type',
  async (type) => {
    const { id: workspaceId } = await newWorkspace()
    const createObservabilityDestinationRequest = {
      type,
      name: type,
      config: DESTINATION_CONFIG_SAMPLES[type],
      workspaceId,
      regions: ['eu' as const],
      filterRules: { groups: [{ rules: [{ field: 'model' as const, operator: 'equals' as const, value: 'a/b' }] }] },
    }
    const { data } = await sdk.observability.create({ createObservabilityDestinationRequest })
    // A row that it can't parse has another `type` to it.
    expect(data).toMatchObject({ type, regions: ['europe'], filterRules: { groups: [{ logic: 'and' }] } })
    const { id } = data as { id: string }
    expect((await sdk.observability.get({ id })).data).toMatchObject({ type })
    const updateObservabilityDestinationRequest = {
      name: 'renamed',
      config: (data as { config: object }).config as never,
    }
    const updated = await sdk.observability.update({ id, updateObservabilityDestinationRequest })
    expect(updated.data).toMatchObject({ type, name: 'renamed' })
    for await (const page of await sdk.observability.list({ workspaceId })) {
      expect(page.result).toMatchObject({ data: [{ type }], totalCount: 1 })
    }
    expect((await sdk.observability.delete({ id })).deleted).toBe(true)
  },
)

test('feedback on a generation, and content that was not logged', async () => {
  const { generationId } = await spend((await newKey()).key)
  const submitGenerationFeedbackRequest = { generationId, category: 'formatting' as const, comment: 'crooked' }
  expect((await sdk.generations.submitFeedback({ submitGenerationFeedbackRequest })).data).toEqual({ success: true })
  await expect(sdk.generations.listGenerationContent({ id: generationId })).rejects.toMatchObject({
    name: 'NotFoundResponseError',
  })
})
