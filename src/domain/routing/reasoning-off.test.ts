import { expect, test } from 'vitest'
import { aModel } from '../../../test/fixtures/catalogue.ts'
import type { Model } from '../catalogue.ts'
import { effortInsteadOfNone } from './reasoning-off.ts'

const thinking = (fields: object): Model =>
  aModel('a/m-1', [], { facts: { reasoning: { mandatory: true, ...fields } } } as Partial<Model>)

test.each<[string, Model, string | null]>([
  ['that nothing is known of', aModel('a/m-1', []), null],
  ['that may do without', thinking({ mandatory: false }), null],
  ['that may not', thinking({}), 'low'],
  ['that knows some efforts', thinking({ supported_efforts: ['high', 'none', 'medium'] }), 'medium'],
])('the newest of a family %s', (_name, model, expected) => {
  expect(effortInsteadOfNone({ model, strategy: 'latest' })).toBe(expected)
})

test('a model that was named and may not do without is refused', () => {
  expect(() => effortInsteadOfNone({ model: thinking({}), strategy: 'direct' })).toThrow(
    'reasoning: cannot be turned off for a/m-1',
  )
  expect(effortInsteadOfNone({ model: aModel('a/m-1', []), strategy: 'direct' })).toBeNull()
})
