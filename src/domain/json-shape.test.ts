import { expect, test } from 'vitest'
import { jsonComplexityProblem } from './json-shape.ts'

const LIMITS = { depthMax: 3, keysMax: 2, elementsMax: 4 }
const problemOf = (text: string) => jsonComplexityProblem(Buffer.from(text), LIMITS)

test.each([
  ['[[[]]]', undefined],
  ['[[[[]]]]', 'is nested deeper than 3 levels'],
  ['{"a":{"b":[]}}', undefined],
  ['{"a":[{"b":[]}]}', 'is nested deeper than 3 levels'],
  ['[[],[],[]]', undefined],
  ['{"a":0,"b":0}', undefined],
  ['{"a":0,"b":{"c":0}}', 'has more than 2 keys'],
  ['[0,0,0,0,0]', undefined],
  ['[0,0,0,0,0,0]', 'has more than 4 elements'],
  ['[[0,0],[0,0],[0,0]]', 'has more than 4 elements'],
])('%s: %s', (text, problem) => expect(problemOf(text)).toBe(problem))

test.each([
  ['plain', '"[[[[::::,,,,,"'],
  ['with an escaped quote', '"\\"[[[[::::,,,,,"'],
  ['with an escaped backslash at its end', '"[[[[::::,,,,,\\\\"'],
  ['with an escaped backslash before an escaped quote', '"\\\\\\"[[[[::::,,,,,"'],
  ['that never ends', '"[[[[::::,,,,,'],
  ['that ends in its only escape', '"[[[[\\"'],
])('a string %s counts for nothing', (_name, text) => expect(problemOf(text)).toBeUndefined())

test.each([0, 1, 61, 62, 63, 64, 65, 66, 200])(
  'a string of %i letters ends where it ends, whatever it ends in',
  (length) => {
    for (const tail of ['', '\\\\', '\\"', '\\\\\\"', '\\\\\\\\']) {
      const text = `"${'x'.repeat(length)}${tail}"`
      expect([text, problemOf(`${text}[[[[`)]).toEqual([text, 'is nested deeper than 3 levels'])
      expect([text, problemOf(`${text.slice(0, -1)}[[[[`)]).toEqual([text, undefined])
    }
  },
)

test.each(['"\\\\"[[[[', '"\\"\\\\"[[[[', '"a"[[[['])('what follows the string in %s counts', (text) =>
  expect(problemOf(text)).toBe('is nested deeper than 3 levels'),
)
