import { expect, test } from 'vitest'
import { findDuplicateKey } from './duplicate-key.ts'

test.each([
  ['at the top', '{"a":1,"b":2,"a":3}', 'a'],
  ['in a nested object', '{"a":{"b":1, "b" : 2}}', 'b'],
  ['inside a list', '[{"a":1},{"c":1,"c":2}]', 'c'],
  ['written with an escape', '{"a":1,"\\u0061":2}', 'a'],
  ['after a string that ends in a backslash', '{"x":"\\\\","x":1}', 'x'],
])('a key that is given twice %s is found', (_name, text, expected) => expect(findDuplicateKey(text)).toBe(expected))

test.each([
  ['the same key in two objects', '[{"a":1},{"a":2}]'],
  ['the same key on two levels', '{"a":{"a":{"a":1}}}'],
  ['a value that equals a key', '{"a":"b","b":"a","c":["a","a"]}'],
  ['a value that looks like JSON', '{"a":"\\"a\\":1,{","b":"}"}'],
  ['no object', '"a"'],
])('%s is no duplicate', (_name, text) => expect(findDuplicateKey(text)).toBeUndefined())
