import { expect, test } from 'vitest'
import { SseEvents } from './sse-events.ts'

function read(text: string, bytesMax?: number) {
  const reader = new SseEvents(bytesMax)
  const events = [...reader.push(Buffer.from(text)), ...reader.end()]
  return { reader, events }
}

/** As a text over many lines. */
const LONG = JSON.stringify({ list: Array.from({ length: 100 }, (_, at) => at) }, null, 1)
const asData = (text: string) => text.replace(/^/gm, 'data: ')

test.each([
  [
    'several, with names, comments and line ends of all kinds',
    'event: x\ndata: {"a":1}\n\n: hm\r\ndata:{"a":2}\r\n\r\n',
    [1, 2],
  ],
  ['such without empty lines between them', 'data: {"a":1}\ndata: {"a":2}\n', [1, 2]],
  ['the last one without an end', 'data: {"a":1}\n\ndata: {"a":2}', [1, 2]],
  ['nothing behind the end', 'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"a":2}\n\n', [1]],
])('%s', (_name, text, expected) => {
  const { events, reader } = read(text)
  expect(events.map(({ a }) => a)).toEqual(expected)
  expect([reader.problem, reader.isAtRest]).toEqual([undefined, true])
})

test.each([
  ['with an empty line behind', `${asData(LONG)}\n\ndata: {"a":1}\n\n`, 2],
  ['as the last', asData(LONG), 1],
])('an event over many lines is one event: %s', (_name, text, count) => {
  const { events, reader } = read(text)
  expect(events).toHaveLength(count)
  expect(events[0]).toEqual(JSON.parse(LONG))
  expect(reader.isAtRest).toBe(true)
})

test.each([
  ['one line', 'data: {"a":\n\ndata: {"b":1}\n\n'],
  ['many', `${asData(LONG.slice(0, -3))}\n\ndata: {"b":1}\n\n`],
])('an event that is no JSON ends the stream: %s', (_name, text) => {
  const { events, reader } = read(text)
  expect([events, reader.problem]).toEqual([[], 'The provider sent an invalid event'])
})

test('an event without an end is read once and bounded, however many lines it has', () => {
  const { events, reader } = read(`data: {"a":[1\n${'data: ,1\n'.repeat(400_000)}`, 1_000_000)
  expect(events).toEqual([])
  expect(reader.problem).toBeUndefined()
  const longer = read(`data: {"a":[1\n${'data: ,1\n'.repeat(600_000)}`, 1_000_000)
  expect(longer.reader.problem).toBe('The provider sent an event that is too long')
})
