import { expect, test } from 'vitest'
import { costOf } from '../../domain/pricing.ts'
import { readUsage } from './read-usage.ts'
import { usageToWire } from './usage-wire.ts'

const TOTALS = { prompt_tokens: 118, completion_tokens: 215, total_tokens: 333 }
const PRICES = { prompt: 2_500_000_000n, completion: 10_000_000_000n }

function onWire(details: object): unknown {
  const usage = readUsage({ ...TOTALS, completion_tokens_details: details }) ?? expect.fail()
  return JSON.parse(JSON.stringify(usageToWire(usage, costOf(PRICES, usage, 0))))
}

test('the caller hears what of its prediction came true, and what it pays for nothing', () => {
  expect(onWire({ accepted_prediction_tokens: 60, rejected_prediction_tokens: 110 })).toMatchObject({
    ...TOTALS,
    completion_tokens_details: { accepted_prediction_tokens: 60, rejected_prediction_tokens: 110 },
    cost: 0.002445,
  })
})

test.each([[{}], [{ accepted_prediction_tokens: null, rejected_prediction_tokens: -1 }]])(
  'what a provider does not tell of predictions the caller is not told: %j',
  (details) => {
    expect(onWire(details)).toMatchObject({ completion_tokens_details: { reasoning_tokens: 0 } })
    expect(JSON.stringify(onWire(details))).not.toContain('prediction')
  },
)
