import { expect, test } from 'vitest'
import { toldCost } from './told-cost.ts'

const read = (json: string) => toldCost(JSON.parse(json))

test.each([
  ['0', 0n],
  ['0.1', 100_000_000n],
  ['0.30000000000000004', 300_000_000n],
  ['1.5e-7', 150n],
  ['4e-10', 0n],
  ['6e-10', 1n],
  ['1234.567890123', 1_234_567_890_123n],
  ['10000', 10_000_000_000_000n],
])('a cost of %s dollars is kept to the nano-dollar', (cost, nano) => {
  expect(read(`{"cost":${cost}}`)).toBe(nano)
})

test.each(['-0.01', '10000.01', '1e300', '1e999', '"0.01"', 'null', 'true', '{"value":0.01}', '[0.01]'])(
  'a cost of %s is none',
  (cost) => {
    expect(read(`{"cost":${cost}}`)).toBeNull()
  },
)

test('who tells no cost tells none', () => {
  expect(toldCost(null)).toBeNull()
  expect(toldCost({})).toBeNull()
})
