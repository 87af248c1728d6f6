import { expect, test } from 'vitest'
import { findSimModel, SIM_MODELS, SIM_PROVIDER } from './sim-models.ts'

test.each([
  ['sim/echo', 0n, 0n],
  ['sim/lorem', 1_000_000_000n, 2_000_000_000n],
  ['sim/liar', 1_000_000_000n, 2_000_000_000n],
  ['sim/error-418', 0n, 0n],
  ['sim/error-599', 0n, 0n],
  ['sim/slow-0', 0n, 0n],
  ['sim/slow-600000', 0n, 0n],
  ['sim/cut-12', 1_000_000_000n, 2_000_000_000n],
])('%s exists at its price with one endpoint of the built-in provider', (id, prompt, completion) => {
  const model = findSimModel(id)
  expect(model).toMatchObject({ id, endpoints: [{ modelId: id, upstreamId: id, prices: { prompt, completion } }] })
  expect(model?.endpoints[0]?.provider).toBe(SIM_PROVIDER)
})

test.each([
  'sim/',
  'sim/none',
  'sim/error-200',
  'sim/error-99',
  'sim/error-1000',
  'sim/slow-600001',
  'sim/slow-01',
  'sim/cut-',
  'openai/echo',
  'echo',
])('%s is no built-in model', (id) => expect(findSimModel(id)).toBeUndefined())

test('each listed model is found as the very object listed', () => {
  expect(SIM_MODELS.size).toBeGreaterThan(5)
  for (const [id, model] of SIM_MODELS) expect(findSimModel(id)).toBe(model)
})

test('an unlisted model has the same endpoint id at every look-up', () => {
  expect(findSimModel('sim/error-418')?.endpoints[0]?.id).toBe(findSimModel('sim/error-418')?.endpoints[0]?.id)
})
