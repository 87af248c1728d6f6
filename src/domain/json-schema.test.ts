import { expect, test } from 'vitest'
import { matchesSchema } from './json-schema.ts'

const WEATHER = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    days: { type: 'integer', minimum: 1, maximum: 14 },
    unit: { enum: ['c', 'f'] },
    where: { $ref: '#/definitions/place' },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 2, uniqueItems: true },
  },
  required: ['city'],
  additionalProperties: false,
  definitions: { place: { anyOf: [{ type: 'null' }, { type: 'object', required: ['lat', 'lon'] }] } },
}

test.each<[string, unknown, boolean]>([
  ['all that is needed', { city: 'Bern' }, true],
  ['all that there is', { city: 'Bern', days: 3, unit: 'c', where: { lat: 1, lon: 2 }, tags: ['a', 'b'] }, true],
  ['a missing field', { days: 3 }, false],
  ['a field too many', { city: 'Bern', country: 'CH' }, false],
  ['another type', { city: 5 }, false],
  ['a fraction', { city: 'Bern', days: 1.5 }, false],
  ['too much', { city: 'Bern', days: 15 }, false],
  ['an empty text', { city: '' }, false],
  ['none of the values', { city: 'Bern', unit: 'k' }, false],
  ['a null behind a reference', { city: 'Bern', where: null }, true],
  ['half of what is behind a reference', { city: 'Bern', where: { lat: 1 } }, false],
  ['too many in a list', { city: 'Bern', tags: ['a', 'b', 'c'] }, false],
  ['one twice in a list', { city: 'Bern', tags: ['a', 'a'] }, false],
  ['a list in place of an object', [], false],
])('%s', (_name, value, isRight) => {
  expect(matchesSchema(WEATHER, value)).toBe(isRight)
})

// As text, because an object with a `then` looks like a promise.
const CONDITION: unknown = JSON.parse('{"if":{"type":"string"},"then":{"maxLength":1},"else":{"type":"null"}}')

test.each<[string, unknown, unknown, boolean]>([
  ['one of several', { oneOf: [{ type: 'string' }, { type: 'number' }] }, 5, true],
  ['more than one', { oneOf: [{ type: 'integer' }, { type: 'number' }] }, 5, false],
  ['all of several', { allOf: [{ minimum: 1 }, { maximum: 3 }] }, 4, false],
  ['what must not be', { not: { const: { a: [1] } } }, { a: [1] }, false],
  ['a condition', CONDITION, 'ab', false],
  ['another branch', CONDITION, null, true],
  ['a tuple', { items: [{ type: 'string' }, { type: 'number' }], additionalItems: false }, ['a', 1, 2], false],
  ['something in a list', { contains: { const: 3 } }, [1, 2], false],
  ['bounds that are out', { exclusiveMinimum: 1, exclusiveMaximum: 3 }, 3, false],
  ['a multiple', { multipleOf: 0.1 }, 0.3, true],
  ['several types', { type: ['string', 'null'] }, null, true],
  ['nothing at all', false, 1, false],
  ['no schema', 'nonsense', 1, true],
  ['a reference to nowhere', { $ref: '#/definitions/none' }, 1, true],
  ['a reference outside', { $ref: 'https://example.org/schema' }, 1, true],
  ['a property of every object', { required: ['toString'] }, {}, false],
])('%s is told', (_name, schema, value, isRight) => {
  expect(matchesSchema(schema, value)).toBe(isRight)
})

test('a schema that refers to itself comes to an end', () => {
  expect(matchesSchema({ $ref: '#' }, 1)).toBe(true)
  const wide = { anyOf: Array.from({ length: 30 }, () => ({ allOf: [{ $ref: '#' }, { $ref: '#' }] })) }
  expect(matchesSchema(wide, 1)).toBe(true)
})
