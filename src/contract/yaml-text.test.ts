import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { openApiDocument } from './openapi.ts'
import { toYaml } from './yaml-text.ts'

test('a YAML parser reads the API description back as the JSON it came from', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument()))
  expect(parse(toYaml(document))).toEqual(document)
})

test.each([
  ['keys that YAML would take for something else', { yes: 1, null: 2, '200': 3, 'a b': 4, '': 5, '/x/{id}': 6 }],
  ['texts that YAML would take for something else', ['no', '1.0', '- a', 'a: b', '#', '', '\n', 'é\u2028', '~', '"']],
  ['empty and nested lists and objects', { a: [], b: {}, c: [[], [1, [2]], {}, [{ d: [] }]], e: [{ f: 1, g: [2] }] }],
  ['scalars', [null, true, 1.5e-7, -3]],
])('%s survive', (_name, value) => expect(parse(toYaml(value))).toEqual(value))
