import fc from 'fast-check'
import { expect, test } from 'vitest'
import { haveRoom, shortenMessages } from './middle-out.ts'

const say = (content: string, role = 'user') => ({ role, content })
const numbered = (count: number, length = 100) =>
  Array.from({ length: count }, (_, at) => say(`${at} `.padEnd(length, 'x'), at % 2 === 0 ? 'user' : 'assistant'))
const size = (messages: readonly object[]) =>
  messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)) + 1, 0)
const numbers = (messages: readonly Record<string, unknown>[]) =>
  messages.map(({ content }) => Number.parseInt(String(content), 10))

test('messages have room where their bytes and their number do', () => {
  const messages = numbered(4)
  const bytes = size(messages)
  const rooms = [
    { bytes, messages: 4 },
    { bytes: bytes - 1, messages: null },
    { bytes, messages: 3 },
  ]
  expect(rooms.map((room) => haveRoom(messages, room))).toEqual([true, false, false])
})

test('the middle goes first, whole messages at a time', () => {
  const messages = numbered(9)
  const room = { bytes: size(messages.slice(0, 4)), messages: null }
  const shortened = shortenMessages(messages, room)
  expect(shortened).toMatchObject({ removed: 5, truncated: 0 })
  expect(numbers(shortened?.messages ?? [])).toEqual([0, 1, 7, 8])
})

test('of the first that does not fit the beginning and the end are kept', () => {
  const messages = [say('first'), say(`a${'b'.repeat(1_000)}c`), say('last')]
  const shortened = shortenMessages(messages, { bytes: 400, messages: null })
  expect(shortened).toMatchObject({ removed: 0, truncated: 1 })
  expect(shortened?.messages[1]?.['content']).toMatch(/^ab+\n\[…\]\nb+c$/)
})

test('a call of a tool and its answers stay together', () => {
  const call = { role: 'assistant', content: null, tool_calls: [{ id: '1' }] }
  const messages = [say('a'), call, say('r1', 'tool'), say('r2', 'tool'), say('b'.repeat(500)), say('z')]
  const { messages: left = [] } = shortenMessages(messages, { bytes: 520, messages: null }) ?? {}
  expect(left.filter(({ role }) => role === 'tool').length).toBe(left.includes(call) ? 2 : 0)
})

test('of more messages than a provider takes half are kept from each end', () => {
  const { messages: left = [], removed } = shortenMessages(numbered(1_100, 10), { bytes: 1e9, messages: 1_000 }) ?? {}
  expect([left.length, removed]).toEqual([1_000, 100])
  expect(numbers(left)).toEqual([...Array(500).keys(), ...Array.from({ length: 500 }, (_, at) => 600 + at)])
})

test('where not even the last message can be made to fit nothing is done', () => {
  expect(shortenMessages([say('a'), say('b'.repeat(500))], { bytes: 60, messages: null })).toBeNull()
})

test('what is left fits, is in order, and has the last message', () => {
  const Text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.constant('"\n\\'.repeat(100)),
  )
  const Messages = fc.array(fc.record({ role: fc.constantFrom('user', 'assistant', 'system'), content: Text }), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(Messages, fc.integer({ min: 1, max: 3_000 }), (messages, bytes) => {
      const shortened = shortenMessages(messages, { bytes, messages: null })
      if (shortened === null) return
      expect(size(shortened.messages)).toBeLessThanOrEqual(bytes)
      expect(messages.length - shortened.messages.length).toBe(shortened.removed)
      const whole = shortened.messages.filter((message) => messages.includes(message as (typeof messages)[number]))
      expect(whole.length).toBe(shortened.messages.length - shortened.truncated)
      const places = whole.map((message) => messages.indexOf(message as (typeof messages)[number]))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(shortened.messages.at(-1)?.['role']).toBe(messages.at(-1)?.role)
    }),
  )
})
