import { expect, test } from 'vitest'
import { listKeys } from '../contract/management/keys.ts'
import { parseQuery, queryReader } from './read-query.ts'

test('text becomes a number only where the operation wants one and the text is one', () => {
  const read = queryReader(listKeys)
  expect(read(parseQuery('offset=100&type=5&workspace_id=7'))).toEqual({ offset: 100, type: '5', workspace_id: '7' })
  for (const text of ['', '0x10', '1e9', 'NaN', ' 1', 'Infinity'])
    expect(read({ offset: text })).toEqual({ offset: text })
})

test('a repeated parameter is a list and refused by the schema, by name', () => {
  const query = queryReader(listKeys)(parseQuery('offset=1&offset=2'))
  expect(query).toEqual({ offset: ['1', '2'] })
  expect(listKeys.input.safeParse(query).error?.issues[0]?.path).toEqual(['offset'])
})

test('a parameter named __proto__ is one like any other', () => {
  const query = parseQuery('__proto__=1')
  expect(Object.keys(query)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(query)).toBe(Object.prototype)
})
