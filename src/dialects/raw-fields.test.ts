import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinObjects, withoutFields } from './raw-fields.ts'

const without = (text: string, ...names: string[]) => withoutFields(text, JSON.parse(text), new Set(names))

test.each([
  ['numbers keep all their digits', '{"a":12345678901234567890,"b":1.0}', '{"a":12345678901234567890,"b":1.0}'],
  ['a field is taken out, wherever it stands', ' { "x" : {"a":[1,{"x":2}]} , "a":"x" }\n', '{"a":"x"}'],
  ['a name written in escapes is the same name', '{"\\u0078":1,"a":2}', '{"a":2}'],
  ['quotes and brackets in texts are texts', '{"a":"}\\\\\\",\\"x\\":[{","x":"\\\\"}', '{"a":"}\\\\\\",\\"x\\":[{"}'],
  ['nothing may be left', '{"x":[]}', '{}'],
])('%s', (_name, text, expected) => expect(without(text, 'x')).toBe(expected))

test.each([
  ['at the top', '{"a":1,"a":2}', '{"a":2}'],
  ['within', '{"a":[{"b":"first","b":"last"}]}', '{"a":[{"b":"last"}]}'],
])('of a name that stands twice %s, what we have read is passed on', (_name, text, expected) => {
  expect(without(text)).toBe(expected)
})

test('whatever the object, what remains reads as it did', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.string()),
      fc.nat(3),
      (object, more, indent) => {
        const text = JSON.stringify(object, undefined, indent)
        const value = JSON.parse(text) as Record<string, unknown>
        const names = new Set([...more, ...Object.keys(value).slice(0, 1)])
        const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)))
        expect(JSON.parse(withoutFields(text, value, names))).toEqual(kept)
      },
    ),
  )
})

test('two objects become one, in text and in bytes', () => {
  expect(joinObjects('{"a":1}', '{"b":2}')).toBe('{"a":1,"b":2}')
  expect(String(joinObjects('{"a":1}', Buffer.from('{"b":2}')))).toBe('{"a":1,"b":2}')
})
