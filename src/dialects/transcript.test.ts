import { expect, test } from 'vitest'
import { TRANSCRIPT_LENGTH_MAX, Transcript } from './transcript.ts'

function gather(...pieces: Record<string, unknown>[]): Transcript {
  const transcript = new Transcript()
  for (const piece of pieces) transcript.add(piece)
  return transcript
}

test('pieces of a stream become one answer', () => {
  const { completion, reasoning, toolCalls, isTruncated } = gather(
    { role: 'assistant', content: '' },
    { reasoning: 'first ' },
    { reasoning: 'second' },
    { content: 'Hel' },
    { content: 'lo' },
    { content: null },
  )
  expect({ completion, reasoning, toolCalls, isTruncated }).toEqual({
    completion: 'Hello',
    reasoning: 'first second',
    toolCalls: undefined,
    isTruncated: false,
  })
})

test('what never came is null, also after the empty piece that streams begin with', () => {
  expect(gather({ role: 'assistant' }).completion).toBe(null)
  expect(gather({ content: '' }, { reasoning: 'r' }).completion).toBe(null)
})

test('tool calls are put together by their numbers, also side by side', () => {
  const { toolCalls } = gather(
    { tool_calls: [{ index: 0, id: 'call-a', function: { name: 'look', arguments: '' } }] },
    { tool_calls: [{ index: 1, id: 'call-b', function: { name: 'listen', arguments: '{' } }] },
    {
      tool_calls: [
        { index: 0, function: { arguments: '{"at":1}' } },
        { index: 1, function: { arguments: '}' } },
      ],
    },
  )
  expect(toolCalls).toEqual([
    { id: 'call-a', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
    { id: 'call-b', type: 'function', function: { name: 'listen', arguments: '{}' } },
  ])
})

test('the texts of a content in parts are joined', () => {
  expect(
    gather({ content: [{ type: 'text', text: 'a' }, { type: 'image_url' }, { type: 'text', text: 'b' }] }),
  ).toEqual(gather({ content: 'ab' }))
})

test('of each part so much is kept as may be, and it says so', () => {
  const piece = 'x'.repeat(700_000)
  const long = gather({ content: piece, reasoning: 'r' }, { content: piece }, { content: piece })
  expect([long.completion?.length, long.reasoning, long.isTruncated]).toEqual([TRANSCRIPT_LENGTH_MAX, 'r', true])
  const call = { index: 0, function: { arguments: piece } }
  const calls = gather({ tool_calls: [call] }, { tool_calls: [call] }, { tool_calls: [{ ...call, index: 1 }] })
  expect([calls.length, calls.isTruncated]).toEqual([TRANSCRIPT_LENGTH_MAX, true])
  expect(gather({ content: 'x'.repeat(TRANSCRIPT_LENGTH_MAX) }).isTruncated).toBe(false)
})

test.each([[-1], [1_000_000], [2]])('a tool call numbered %d, which leaves a gap, is left out', (index) => {
  const { toolCalls, isTruncated } = gather({ tool_calls: [{ index, function: { name: 'x', arguments: '' } }] })
  expect([toolCalls, isTruncated]).toEqual([undefined, true])
})

test('what is no text and no object is passed over', () => {
  expect(gather({ content: 7, reasoning: {}, tool_calls: [null, 'x', { function: 3 }] }).length).toBe(0)
})
