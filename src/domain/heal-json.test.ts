import fc from 'fast-check'
import { expect, test } from 'vitest'
import { healJson } from './heal-json.ts'

test.each([
  ['a fence', '```json\n{"a":1}\n```', '{"a":1}', ['extracted']],
  [
    'a fence with words around it',
    'Here you are:\n```\n{"a": [1, 2]}\n```\nAnything else?',
    '{"a":[1,2]}',
    ['extracted'],
  ],
  ['a fence that has no end', '```json\n{"a":1}', '{"a":1}', ['extracted']],
  ['words before and after', 'Sure! {"a":1} Hope that helps.', '{"a":1}', ['extracted']],
  ['a footnote before it', 'As told in [1] it is {"a":1,"b":2}', '{"a":1,"b":2}', ['extracted']],
  ['braces of a text before it', 'Use {name} as in {"a":1}', '{"a":1}', ['extracted']],
  ['a comma at the end', '{"a":[1,2,],}', '{"a":[1,2]}', ['commas']],
  ['no comma between', '{"a":1 "b":[1 2]}', '{"a":1,"b":[1,2]}', ['commas']],
  ['names without quotes', '{a:1,b_c:{d-e:2}}', '{"a":1,"b_c":{"d-e":2}}', ['keys']],
  ['single quotes', "{'a':'it\\'s \"so\"'}", '{"a":"it\'s \\"so\\""}', ['strings']],
  ['curly quotes', '{\u201ca\u201d: \u201cb\u201d}', '{"a":"b"}', ['strings']],
  ['a line break in a text', '{"a":"b\nc"}', '{"a":"b\\nc"}', ['strings']],
  ['a backslash that escapes nothing', '{"a":"C:\\dir"}', '{"a":"C:\\\\dir"}', ['strings']],
  ['words of Python', '{"a":True,"b":None}', '{"a":true,"b":null}', ['literals']],
  ['comments', '{"a":1, // one\n"b":2 /* two */}', '{"a":1,"b":2}', ['comments']],
  ['a bracket that is missing at the end', '{"a":{"b":[1,2', '{"a":{"b":[1,2]}}', ['brackets']],
  ['a bracket that is missing inside', '{"a":[1,2}', '{"a":[1,2]}', ['brackets']],
  ['a name without its value at the end', '{"a":1,"b"', '{"a":1}', ['brackets']],
  [
    'a number as it is written',
    '[123456789012345678901234567890,1.10,]',
    '[123456789012345678901234567890,1.10]',
    ['commas'],
  ],
])('%s', (_name, text, healed, repairs) => {
  expect(healJson(text)).toEqual({ text: healed, repairs })
})

test.each([
  ['JSON', ' {"a":[1]}\n'],
  ['a plain text', 'I can not answer that.'],
  ['nothing', ''],
  ['brackets alone', 'see {this} and [that one]'],
  ['a bracket at the end', 'and then {'],
  ['a text with an end too many', '}{]['],
  ['what is nested too deep', `x${'['.repeat(5_000)}`],
])('%s is left as it is', (_name, text) => expect(healJson(text)).toBeNull())

const Value = fc.oneof(
  fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1 }),
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { minKeys: 1 }),
)
const read = (text: string) => JSON.parse(healJson(text)?.text ?? text) as unknown

test('JSON in a fence or among words means what it meant', () => {
  fc.assert(
    fc.property(Value, fc.constantFrom('{}', 'Answer: ', '```json\n'), (value, before) => {
      const json = JSON.stringify(value)
      const text =
        before === '{}' ? `${json} and that is all` : `${before}${json}\n${before.startsWith('`') ? '```' : ''}`
      expect(read(text)).toEqual(JSON.parse(json))
    }),
  )
})

test('a comma too many changes no value', () => {
  fc.assert(
    fc.property(Value, (value) => {
      const json = JSON.stringify(value)
      expect(read(`${json.slice(0, -1)},${json.slice(-1)}`)).toEqual(JSON.parse(json))
    }),
  )
})

test('whatever is cut off or typed, the outcome is JSON or the text is left alone, in time that follows its length', () => {
  const Pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"', "'", '\\', 'a', ' ', '1', '\n', '//', '```', 'null'),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        Pieces.map((pieces) => pieces.join('')),
      ),
      (text) => {
        const healed = healJson(text)
        if (healed === null) return
        expect(() => JSON.parse(healed.text)).not.toThrow()
        expect(healed.repairs.length).toBeGreaterThan(0)
        expect(healJson(healed.text)).toBeNull()
      },
    ),
    { numRuns: 2_000 },
  )
  for (const piece of ['{', '[', '{"a":', '"', '[{', "{a:'", '{ // ', '[/*', '```\n', '[1,']) {
    expect(() => healJson(piece.repeat(262_144 / piece.length))).not.toThrow()
  }
})
