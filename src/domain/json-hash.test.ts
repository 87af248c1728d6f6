import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashJson } from './json-hash.ts'

const hash = (text: string) => hashJson(Buffer.from(text))

test('space between the parts does not count, however much there is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('\t', ' ', '  ', ' \t'), (value, indent) => {
      expect(hash(`\r\n ${JSON.stringify(value, null, indent)}\n`)).toBe(hash(JSON.stringify(value)))
    }),
  )
})

test('everything else counts', () => {
  const texts = [
    '{"a":1,"b":2}',
    '{"b":2,"a":1}',
    '{"a":1,"b":2.0}',
    '{"a":1,"b":"2"}',
    '{"a":"1 2"}',
    '{"a":"12"}',
    '{"a":"\\" 1"}',
    '{"a":"\\"1"}',
  ]
  expect(new Set(texts.map(hash)).size).toBe(texts.length)
})

test.each(['"', '"\\', '"a\\"', '{"a', ''])('the unfinished %s has a hash too', (text) => {
  expect(hash(text)).toMatch(/^[\da-f]{64}$/)
})
