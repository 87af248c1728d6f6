import { expect, test } from 'vitest'
import { aModel, anEndpoint } from '../../../test/fixtures/catalogue.ts'
import type { Prices } from '../pricing.ts'
import { constraintsOf } from './constraints.ts'

test.each([
  ['permits it', { distillable: true }, []],
  ['forbids it', { distillable: false }, ['distillable_text']],
  ['is not known to permit it', {}, ['distillable_text']],
])('whoever wants to train on answers gets a model whose author %s: %j', (_name, facts, expected) => {
  const endpoint = anEndpoint('p', 1n)
  const model = aModel('a/m', [endpoint], { facts })
  expect(constraintsOf(model, endpoint, { provider: { enforce_distillable_text: true } })).toEqual(expected)
  expect(constraintsOf(model, endpoint, { provider: {} })).toEqual([])
})

const NIGHT = Date.UTC(2026, 0, 1, 2)
const NOON = Date.UTC(2026, 0, 1, 12)

test.each<[string, Partial<Prices>, { leastInputTokens?: number; at?: number }, boolean]>([
  ['as listed', {}, {}, true],
  ['after the discount', { discountPpm: 500_000n }, {}, false],
  ['at night', { overrides: [{ utcStart: 0, utcEnd: 600, prompt: 4n }] }, { at: NIGHT }, false],
  ['by day', { overrides: [{ utcStart: 0, utcEnd: 600, prompt: 4n }] }, { at: NOON }, true],
  ['short, where long ones cost less', { overrides: [{ minPromptTokens: 1_000, prompt: 4n }] }, { at: NOON }, true],
  [
    'long, where long ones cost less',
    { overrides: [{ minPromptTokens: 1_000, prompt: 4n }] },
    { at: NOON, leastInputTokens: 300 },
    false,
  ],
])('max_price judges what a request pays: %s', (_name, fields, { leastInputTokens = 0, at }, isOut) => {
  const endpoint = anEndpoint('p', 8n, { prices: { prompt: 8n, completion: 0n, ...fields } })
  const asked = {
    provider: { max_price: { prompt: '0.000000005' } },
    needs: { leastInputTokens, requestedTokens: null, features: [], modalities: [] },
    at: at ?? null,
  }
  expect(constraintsOf(aModel('a/m', [endpoint]), endpoint, asked)).toEqual(isOut ? ['max_price'] : [])
})
