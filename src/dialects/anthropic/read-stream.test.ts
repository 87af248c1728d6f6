import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { gatherChunks } from '../../../test/harness/gather-chunks.ts'
import { chatProtocol } from '../openai-chat/protocol.ts'
import { Transcript } from '../transcript.ts'
import { messagesProtocol } from './protocol.ts'
import { MessagesStreamReader } from './read-stream.ts'

type Fields = Record<string, unknown>

const CORPUS = ['text', 'cached', 'thinking-and-tools', 'refusal', 'overloaded', 'server-tool', 'whole-blocks'] as const
const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }

function corpus(name: string): Buffer {
  return readFileSync(new URL(`../../../test/fixtures/streams/anthropic/${name}.sse`, import.meta.url))
}

function read(pieces: readonly Buffer[], isNative = false) {
  const reader = new MessagesStreamReader(new Transcript(), { isNative })
  const answer = (isNative ? messagesProtocol : chatProtocol).newStream(IDENTITY)
  let output = ''
  for (const piece of pieces) output += answer.write(reader.push(piece))
  output += answer.write(reader.end())
  const data = output.split('\n').filter((line) => line.startsWith('data: '))
  return { reader, events: data.map((line) => JSON.parse(line.slice('data: '.length)) as Fields) }
}

const deltasOf = (events: readonly Fields[]) =>
  events.map((event) => (event['choices'] as [{ delta: Fields }])[0].delta)
const lastChoice = (events: readonly Fields[]) => (events.at(-1) as { choices: [Fields] }).choices[0]

test('text becomes chunks of a chat, and usage is known at the end', () => {
  const { reader, events } = read([corpus('text')])
  expect(deltasOf(events)).toEqual([
    { role: 'assistant', content: '' },
    { content: 'Grüße, ' },
    { content: 'Welt 🌍!' },
    {},
  ])
  expect(lastChoice(events)).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'end_turn' })
  expect(events.at(-1)).toMatchObject({ id: 'gen-1', model: 'a/b', service_tier: 'default' })
  const { isDone, error, upstreamId, usage, contentChunks, outputBytes } = reader
  expect({ isDone, error, upstreamId, contentChunks, outputBytes }).toEqual({
    isDone: true,
    error: undefined,
    upstreamId: 'msg_01',
    contentChunks: 2,
    outputBytes: Buffer.byteLength('Grüße, Welt 🌍!'),
  })
  expect(usage).toMatchObject({ promptTokens: 21, completionTokens: 9 })
})

test('thoughts keep their signatures, and tools what they are called with', () => {
  const { reader, events } = read([corpus('thinking-and-tools')])
  const format = 'anthropic-claude-v1'
  const tool = (index: number, id: string, name: string) => ({
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
  })
  const input = (index: number, text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] })
  const thought = (fields: Fields, index: number) => ({ type: 'reasoning.text', ...fields, format, index })
  expect(deltasOf(events)).toEqual([
    { role: 'assistant', content: '' },
    { reasoning: 'Two cities, ', reasoning_details: [thought({ text: 'Two cities, ' }, 0)] },
    { reasoning: 'two calls.', reasoning_details: [thought({ text: 'two calls.' }, 0)] },
    { reasoning_details: [thought({ signature: 'EqQBCgIYAhIM+/sig==' }, 0)] },
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'EmwKAhgBEgy3va3pzix/', format, index: 1 }] },
    { content: 'Let me look.' },
    tool(0, 'toolu_01A', 'get_weather'),
    input(0, '{"city": "Par'),
    input(0, 'is"}'),
    tool(1, 'toolu_01B', 'get_time'),
    input(1, '{}'),
    {},
  ])
  expect(lastChoice(events)['finish_reason']).toBe('tool_calls')
  expect(reader.transcript?.reasoning).toBe('Two cities, two calls.')
  expect(reader.transcript?.toolCalls).toMatchObject([
    { id: 'toolu_01A', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
    { id: 'toolu_01B', function: { name: 'get_time', arguments: '{}' } },
  ])
})

test('what a cache gave and took is part of the input', () => {
  expect(read([corpus('cached')]).reader.usage).toMatchObject({
    promptTokens: 9_204,
    cachedTokens: 8_000,
    cacheWriteTokens: 1_200,
    completionTokens: 3,
  })
})

test('a refusal is a filtered answer that says why', () => {
  const { events } = read([corpus('refusal')])
  expect(lastChoice(events)).toMatchObject({ delta: { refusal: 'Not with this.' }, finish_reason: 'content_filter' })
})

test('an error event is an error with its status, and no usage is known', () => {
  const { reader } = read([corpus('overloaded')])
  expect(reader.error).toMatchObject({ status: 529 })
  expect([reader.isDone, reader.usage, reader.outputBytes]).toEqual([false, undefined, 3])
})

test('what the provider’s own tools do is left out of a chat, and given to clients of the same format', () => {
  expect(deltasOf(read([corpus('server-tool')]).events)).toEqual([
    { role: 'assistant', content: '' },
    { content: 'It is X.' },
    {},
  ])
  const { events } = read([corpus('server-tool')], true)
  expect(events.map(({ type }) => type)).toContain('content_block_start')
  expect(JSON.stringify(events)).toContain('web_search_result_location')
})

test.each(CORPUS)('%s: cut at every byte, it reads the same in either format', (name) => {
  const bytes = corpus(name)
  for (const isNative of [false, true]) {
    const whole = read([bytes], isNative)
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { events, reader } = read([bytes.subarray(0, cut), bytes.subarray(cut)], isNative)
      expect(events).toEqual(whole.events)
      expect([reader.isDone, reader.usage, reader.error]).toEqual([
        whole.reader.isDone,
        whole.reader.usage,
        whole.reader.error,
      ])
    }
  }
})

test.each(CORPUS)('%s: broken off at every byte, it is whole only after it told why it stopped', (name) => {
  const bytes = corpus(name)
  const text = bytes.toString('latin1')
  const told = text.indexOf('\n', text.indexOf('data: {"type":"message_delta"'))
  const wholeFrom = text.includes('message_delta') ? told : Number.POSITIVE_INFINITY
  for (let cut = 0; cut < bytes.length; cut += 1) {
    const { reader } = read([bytes.subarray(0, cut)])
    expect([cut, reader.isDone]).toEqual([cut, cut >= wholeFrom])
    expect(reader.error === undefined).toBe(reader.isDone)
    // Without its end the beginning's count of the output would be too low.
    if (!reader.isDone) expect(reader.usage).toBeUndefined()
  }
})

test.each([
  ['an event that is no JSON', 'data: {"type":\n\n'],
  ['a line without an end', `data: ${'x'.repeat(4_200_000)}`],
])('%s is an error', (_name, text) => {
  expect(read([Buffer.from(text)]).reader.error).toBeDefined()
})

test('a tool call that comes whole at its beginning is read whole', () => {
  const block = { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } }
  const events = [
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_stop', index: 0 },
  ]
  const { reader } = read(events.map((event) => Buffer.from(`data: ${JSON.stringify(event)}\n\n`)))
  expect(reader.transcript?.toolCalls).toMatchObject([{ function: { name: 'f', arguments: '{"x":1}' } }])
})

test('blocks that come whole are read whole: a thought with its signature, a tool with what it is called with', () => {
  const { events } = read([corpus('whole-blocks')])
  const { reasoning, details, toolCalls } = gatherChunks(events)
  const format = 'anthropic-claude-v1'
  expect({ reasoning, details, toolCalls }).toEqual({
    reasoning: 'Hm.',
    details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format, index: 0 }],
    toolCalls: [{ id: 'toolu_01', name: 'get_weather', arguments: '{"city":"Ulm"}' }],
  })
})
