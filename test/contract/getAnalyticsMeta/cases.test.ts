import { expect, test } from 'vitest'
import { getAnalyticsMeta } from '../../../src/contract/management/analytics.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 lists what can be asked, with exactly the declared keys', async () => {
  const { data } = expectAnswer(await send('GET', '/api/v1/analytics/meta'), 200, getAnalyticsMeta.output)
  expect(data.metrics).toContainEqual({
    name: 'total_usage',
    display_label: 'Total usage',
    display_format: 'currency',
    is_rate: false,
  })
  expect(data.metrics.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'request_count',
      'tokens_total',
      'tokens_prompt',
      'tokens_completion',
      'reasoning_tokens',
      'cache_hit_rate',
    ]),
  )
  expect(data.dimensions.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['model', 'api_key_id', 'user', 'workspace', 'app', 'provider', 'origin', 'generation_id']),
  )
  expect(data.granularities.map(({ name }) => name)).toEqual(['minute', 'hour', 'day', 'week', 'month'])
  expect(data.operators).toContainEqual({ name: 'not_in', value_type: 'array' })
})

test('400 names a parameter it does not take', async () => {
  expectError(await send('GET', '/api/v1/analytics/meta?metric=cost'), 400, 'metric')
})
