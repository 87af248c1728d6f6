import { expect, test } from 'vitest'
import { discountProblem, priceProblem } from './price-text.ts'

test.each([
  ['prompt', '0.00000015', undefined],
  ['prompt', '1.5e-7', undefined],
  ['prompt', '0', undefined],
  ['prompt', '0.000000000000001', undefined],
  ['prompt', '0.0000000000000010000', undefined],
  ['prompt', '0.0000000000000001', /15 decimal places/],
  ['prompt', '1e-99', /15 decimal places/],
  ['request', '0.000000001', undefined],
  ['request', '0.0000000001', /9 decimal places/],
  ['prompt', '-1', /negative/],
  ['prompt', '', /decimal string/],
  ['prompt', 'NaN', /decimal string/],
  ['prompt', 'Infinity', /decimal string/],
  ['prompt', '1,5', /decimal string/],
  ['prompt', '0x10', /decimal string/],
  ['prompt', '1e99', /decimal string/],
  ['prompt', '1000', undefined],
  ['prompt', '1000.1', /at most/],
])('the price %s "%s" is accepted or refused for its own reason', (key, text, problem) => {
  if (problem === undefined) expect(priceProblem(key, text)).toBeUndefined()
  else expect(priceProblem(key, text)).toMatch(problem)
})

test('a discount is a share in whole millionths', () => {
  expect([0, 0.1, 0.25, 0.123456, 1].map(discountProblem)).toEqual(Array(5).fill(undefined))
  expect(discountProblem(0.1234567)).toMatch(/millionth/)
  expect(discountProblem(-0.1)).toMatch(/between/)
  expect(discountProblem(Number.NaN)).toMatch(/between/)
})
