import { expect, test } from 'vitest'
import { getCredits } from '../../../src/contract/management/organization.ts'
import { startGateway } from '../../harness/gateway-process.ts'
import { eventually, newKey, spend } from '../fixtures.ts'
import { call, expectAnswer, send, sendTo } from '../request.ts'

test('200 grows by exactly what was charged, and paying later never owes more than it was granted', async () => {
  const before = expectAnswer(await send('GET', '/api/v1/credits'), 200, getCredits.output).data
  expect(before.total_credits).toBeGreaterThanOrEqual(before.total_usage)
  const { cost } = await spend((await newKey()).key)
  const after = await eventually(
    () => call(getCredits, {}),
    ({ data }) => data.total_usage > before.total_usage,
  )
  expect(after.data.total_usage).toBe(Number((before.total_usage + cost).toFixed(9)))
  expect(after.data.total_credits).toBeGreaterThanOrEqual(after.data.total_usage)
})

test('200 shows the initial credits of an organization that pays in advance', async () => {
  await using own = await startGateway({
    env: { SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: '12.5' },
  })
  const answer = await sendTo(own, 'GET', '/api/v1/credits')
  expect(answer.body).toEqual({ data: { total_credits: 12.5, total_usage: 0 } })
})
