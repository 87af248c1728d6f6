import { expect, test } from 'vitest'
import { aModel, anEndpoint } from '../../../test/fixtures/catalogue.ts'
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
