import { expect, test } from 'vitest'
import { placeOf } from './trace-place.ts'

const GENERATION = 'gen-1-one'
const HEX = 'ABCDEF0123456789abcdef0123456789'

const traceIdOf = (trace_id: string, generation = GENERATION) => placeOf(generation, { trace_id }).traceId

test('a generation of which nothing is said is a trace of its own, the same each time', () => {
  const place = placeOf(GENERATION, null)
  expect(place).toEqual(placeOf(GENERATION, { trace_id: '', trace_name: null }))
  expect(place).toMatchObject({ givenTraceId: null, parentSpanId: null, traceName: null, metadata: {} })
  expect(place.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(place.spanId).toMatch(/^[0-9a-f]{16}$/)
  expect(placeOf('gen-1-two', null).traceId).not.toBe(place.traceId)
})

test('generations of one trace have its id, and spans of their own', () => {
  const [one, two] = ['gen-1-one', 'gen-1-two'].map((id) => placeOf(id, { trace_id: 'checkout 7' }))
  expect(one?.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(one).toMatchObject({ traceId: two?.traceId, givenTraceId: 'checkout 7' })
  expect(one?.spanId).not.toBe(two?.spanId)
  expect(traceIdOf('checkout 8')).not.toBe(one?.traceId)
})

test.each([
  ['32 hex digits stay', HEX, HEX.toLowerCase()],
  ['a UUID is its digits', '6F9619FF-8b86-4011-b42d-00c04fc964ff', '6f9619ff8b864011b42d00c04fc964ff'],
])('%s', (_name, given, traceId) => expect(traceIdOf(given)).toBe(traceId))

test.each([['0'.repeat(32)], ['00000000-0000-0000-0000-000000000000'], [HEX.slice(1)], [`${HEX}0`], ['trace-ä']])(
  '%s is no id that receivers take, and becomes one',
  (given) => {
    expect(traceIdOf(given)).toMatch(/^[0-9a-f]{32}$/)
    expect(traceIdOf(given)).not.toMatch(/^0+$/)
    expect(given).not.toContain(traceIdOf(given))
  },
)

test("the id of a parent stays where it is one of a span, and becomes one where it isn't", () => {
  const parentOf = (parent_span_id: string) => placeOf(GENERATION, { parent_span_id }).parentSpanId
  expect(parentOf('0123456789ABCDEF')).toBe('0123456789abcdef')
  expect(parentOf('my span')).toMatch(/^[0-9a-f]{16}$/)
  expect(parentOf('my span')).toBe(parentOf('my span'))
})

test('own keys are texts, numbers, yes or no, or else JSON; null is nothing', () => {
  const own = { feature: 'search', n: 1.5, ok: false, list: [1, 'a'], nested: { a: 1 }, none: null }
  expect(placeOf(GENERATION, { trace_id: 'x', trace_name: 'name', ...own })).toMatchObject({
    traceName: 'name',
    metadata: { feature: 'search', n: 1.5, ok: false, list: '[1,"a"]', nested: '{"a":1}' },
  })
  expect(Object.keys(placeOf(GENERATION, own).metadata)).toEqual(['feature', 'n', 'ok', 'list', 'nested'])
})
