import { expect, test } from 'vitest'
import { encodeSchema } from './encode-schema.ts'

test.each([
  [
    'a type',
    { type: 'string', description: 'd', format: 'date-time' },
    { type: 'STRING', description: 'd', format: 'date-time' },
  ],
  ['a format that it does not know', { type: 'string', format: 'email' }, { type: 'STRING' }],
  ['one that may be null', { type: ['integer', 'null'], minimum: 1 }, { type: 'INTEGER', minimum: 1, nullable: true }],
  ['several types', { type: ['string', 'number'] }, { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] }],
  ['one constant', { const: 'a' }, { type: 'STRING', enum: ['a'] }],
  ['a list of texts', { enum: ['a', 'b', null] }, { type: 'STRING', enum: ['a', 'b'], nullable: true }],
  ['a list of numbers', { type: 'integer', enum: [1, 2] }, { type: 'INTEGER' }],
  [
    'alternatives',
    { oneOf: [{ type: 'string' }, { type: 'boolean' }] },
    { anyOf: [{ type: 'STRING' }, { type: 'BOOLEAN' }] },
  ],
  [
    'an alternative that is null',
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    { type: 'STRING', nullable: true },
  ],
  ['a list without items', { type: 'array' }, { type: 'ARRAY', items: { type: 'STRING' } }],
  ['an object without a type', { properties: { a: {} } }, { type: 'OBJECT', properties: { a: {} } }],
  [
    'required names that there are not',
    { type: 'object', properties: { a: { type: 'number' } }, required: ['a', 'b'], $schema: 'x' },
    { type: 'OBJECT', properties: { a: { type: 'NUMBER' } }, required: ['a'] },
  ],
  [
    'all of several',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'string' } } },
      ],
    },
    { type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'STRING' } }, required: ['a'] },
  ],
  [
    'references',
    { $ref: '#/$defs/p', $defs: { p: { type: 'array', items: { $ref: '#/$defs/q' } }, q: { type: 'boolean' } } },
    { type: 'ARRAY', items: { type: 'BOOLEAN' } },
  ],
  [
    'a reference to nowhere',
    { type: 'array', items: { $ref: '#/$defs/p' } },
    { type: 'ARRAY', items: { type: 'OBJECT' } },
  ],
])('%s', (_name, schema, expected) => {
  expect(encodeSchema(schema, 'p')).toEqual(expected)
})

test('a schema within itself ends, and one that grows without end is refused', () => {
  const list = { type: 'object', properties: { next: { $ref: '#' } } }
  expect(JSON.stringify(encodeSchema(list, 'p')).length).toBeLessThan(5_000)
  const tree = { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } } }
  expect(() => encodeSchema(tree, 'tools.0')).toThrow('tools.0: the schema is too large')
  const circle = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }
  expect(encodeSchema(circle, 'p')).toEqual({ type: 'OBJECT' })
})
