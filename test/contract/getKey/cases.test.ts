import { expect, test } from 'vitest'
import { deleteKeys, getKey } from '../../../src/contract/management/keys.ts'
import { eventually, NO_HASH, newKey, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 gives the key as it was made, with exactly the declared keys', async () => {
  const { data } = await newKey({ limit: 1 })
  const answer = await send('GET', `/api/v1/keys/${data.hash}`)
  expect(expectAnswer(answer, 200, getKey.output).data).toEqual(data)
})

test('200 counts what was spent in each window and takes it off the limit', async () => {
  const { key, data } = await newKey({ limit: 1, limit_reset: 'daily' })
  const costs = [await spend(key), await spend(key)].map(({ cost }) => cost)
  const total = Number(costs.reduce((sum, cost) => sum + cost, 0).toFixed(9))
  const spent = await eventually(
    () => call(getKey, { hash: data.hash }),
    (answer) => answer.data.usage >= total,
  )
  expect(spent.data).toMatchObject({
    usage: total,
    usage_daily: total,
    usage_weekly: total,
    usage_monthly: total,
    byok_usage: 0,
    limit_remaining: Number((1 - total).toFixed(9)),
  })
})

test.each([
  ['an unknown hash', NO_HASH],
  ['no hash', 'x'],
  ['a path', '..%2f..'],
])('404 for %s', async (_name, hash) => {
  expectError(await send('GET', `/api/v1/keys/${hash}`), 404, 'API key not found')
})

test('404 for a deleted key', async () => {
  const { hash } = (await newKey()).data
  await call(deleteKeys, { hash })
  expectError(await send('GET', `/api/v1/keys/${hash}`), 404, 'API key not found')
})
