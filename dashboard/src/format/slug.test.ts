import { expect, test } from 'vitest'
import { SLUG_PATTERN } from '../../../src/contract/common/scalars.ts'
import { toSlug } from './slug.ts'

test.each([
  ['Customer support', 'customer-support'],
  ['  Überprüfung №1 ', 'uberprufung-no1'],
  ['a--b', 'a-b'],
  ['日本', ''],
  [`${'x'.repeat(49)} y`, 'x'.repeat(49)],
])('%s becomes %s', (name, slug) => {
  expect(toSlug(name)).toBe(slug)
  if (slug !== '') expect(slug).toMatch(SLUG_PATTERN)
})
