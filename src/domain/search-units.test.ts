import { expect, test } from 'vitest'
import { moreSearchUnits, mostSearchUnits } from './search-units.ts'

test.each([
  ['one short document', ['x'], 1],
  ['a hundred short documents', Array.from({ length: 100 }, () => 'x'), 1],
  ['one more than a hundred', Array.from({ length: 101 }, () => 'x'), 2],
  ['a document that may be split into as many pieces', ['x'.repeat(25_000)], 2],
  ['letters of several bytes, each of which may be a token', ['€'.repeat(8_333)], 1],
  ['pictures beside texts', Array.from({ length: 51 }, () => ({ text: 'x', image: 'y'.repeat(9_000) })), 2],
])('%s', (_name, documents, units) => expect(mostSearchUnits(documents)).toBe(units))

test('what grows by some bytes is never more than the bound says', () => {
  const short = Array.from({ length: 100 }, () => 'x'.repeat(249))
  const long = short.map((text) => `${text}y`)
  expect(mostSearchUnits(long)).toBeLessThanOrEqual(mostSearchUnits(short) + moreSearchUnits(100))
})
