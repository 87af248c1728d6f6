import { expect, test } from 'vitest'
import { ownKeysOf, RequestTrace } from './request-trace.ts'

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`key-${at}`, at]))
const problemOf = (value: unknown) => {
  const { error } = RequestTrace.safeParse(value)
  const [issue] = error?.issues ?? []
  return issue && [issue.path.join('.'), issue.message]
}

test.each([
  ['nothing', {}],
  ['all names, some of them null', { trace_id: 'a'.repeat(256), trace_name: '', span_name: null, parent_span_id: 'p' }],
  ['as many own keys as there may be, beside the names', { ...keys(32), generation_name: 'g', trace_id: 't' }],
  ['values of any kind', { list: [1, { deep: true }], nothing: null, flag: false }],
  ['as much as there may be', { text: 'x'.repeat(8_192 - '{"text":""}'.length) }],
])('%s is taken as it is', (_name, value) => expect(RequestTrace.parse(value)).toEqual(value))

test.each([
  ['a text', 'trace-1', ''],
  ['a list', [], ''],
  ['a number as an id', { trace_id: 7 }, 'trace_id'],
  ['a name that is too long', { generation_name: 'a'.repeat(257) }, 'generation_name'],
  ['an object as a parent', { parent_span_id: {} }, 'parent_span_id'],
])('%s is refused, and the field is named', (_name, value, field) => expect(problemOf(value)?.[0]).toBe(field))

test.each([
  ['too many own keys', keys(33), 'at most 32 further keys'],
  ['a key that is too long', { ['k'.repeat(129)]: 1 }, 'keys of at most 128 characters'],
  ['too much', { text: 'x'.repeat(8_193 - '{"text":""}'.length) }, 'must be at most 8192 characters of JSON'],
])('%s is refused, and the bound is named', (_name, value, message) => expect(problemOf(value)?.[1]).toBe(message))

test('own keys are those that have no meaning here', () => {
  expect(ownKeysOf({ trace_id: 'a', mine: 1, trace_name: null, toString: 2 })).toEqual([
    ['mine', 1],
    ['toString', 2],
  ])
})
