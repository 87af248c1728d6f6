import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { AppError, toErrorEnvelope } from '../../domain/app-error.ts'
import { NO_USAGE } from '../../domain/pricing.ts'
import type { StreamPiece } from '../dialect.ts'
import { decodeMessage } from './decode-answer.ts'
import { messagesProtocol } from './protocol.ts'
import { MessagesStreamReader } from './read-stream.ts'

type Fields = Record<string, unknown>

const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }
const END = {
  usage: { ...NO_USAGE, promptTokens: 110, completionTokens: 5, cachedTokens: 100, cacheWriteTokens: 4 },
  cost: { total: 3_000n, prompt: 1_000n, completion: 2_000n },
  endedAt: 8,
  metadata: { openrouter_metadata: { attempt: 1 } },
}
const USAGE = {
  input_tokens: 6,
  output_tokens: 5,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 4,
  cost: 0.000003,
  is_byok: false,
}

/** The events of a stream, each with its name, which must be its type. */
function eventsOf(output: string): Fields[] {
  return output
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? []
      const fields = JSON.parse(data) as Fields
      expect(fields['type']).toBe(name)
      return fields
    })
}

function write(...pieces: StreamPiece[]): Fields[] {
  const stream = messagesProtocol.newStream(IDENTITY)
  return eventsOf(pieces.map((piece) => stream.write([piece])).join('') + stream.end(END))
}

function chunk(delta: Fields, finish: string | null = null): StreamPiece {
  return { choices: [{ index: 0, delta, finish_reason: finish, native_finish_reason: finish }] }
}

const begin = (index: number, block: Fields) => ({ type: 'content_block_start', index, content_block: block })
const delta = (index: number, fields: Fields) => ({ type: 'content_block_delta', index, delta: fields })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const tool = (id: string, name: string) => ({ type: 'tool_use', id, caller: { type: 'direct' }, name, input: {} })
const call = (index: number, fields: Fields) => ({ tool_calls: [{ index, ...fields }] })
const input = (index: number, text: string) => chunk(call(index, { function: { arguments: text } }))

test('chunks of a chat become events: one block after the other, and one end', () => {
  const events = write(
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning: 'hm' }),
    chunk({ content: 'one' }),
    chunk({ content: ' two' }),
    chunk(call(0, { id: 'c0', type: 'function', function: { name: 'f', arguments: '' } })),
    input(0, '{"a"'),
    input(0, ':1}'),
    chunk(call(1, { id: 'c1', function: { name: 'g', arguments: '{}' } })),
    chunk({}, 'tool_calls'),
  )
  expect(events[0]).toMatchObject({
    type: 'message_start',
    message: { id: 'gen-1', model: 'a/b', provider: 'Alpha', role: 'assistant', content: [], stop_reason: null },
  })
  expect(events.slice(1, -2)).toEqual([
    begin(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'hm' }),
    stop(0),
    begin(1, { type: 'text', text: '', citations: null }),
    delta(1, { type: 'text_delta', text: 'one' }),
    delta(1, { type: 'text_delta', text: ' two' }),
    stop(1),
    begin(2, tool('c0', 'f')),
    delta(2, { type: 'input_json_delta', partial_json: '{"a"' }),
    delta(2, { type: 'input_json_delta', partial_json: ':1}' }),
    stop(2),
    begin(3, tool('c1', 'g')),
    delta(3, { type: 'input_json_delta', partial_json: '{}' }),
    stop(3),
  ])
  expect(events.at(-2)).toMatchObject({
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: USAGE,
  })
  expect(events.at(-1)).toEqual({ type: 'message_stop', openrouter_metadata: { attempt: 1 } })
})

test('pieces of several calls that come by turns go to their own blocks', () => {
  const first = { id: 'a', function: { name: 'f', arguments: '{' } }
  const second = { id: 'b', function: { name: 'g', arguments: '{' } }
  const events = write(chunk(call(0, first)), chunk(call(1, second)), input(0, '}'), input(1, '}'))
  const inputs = events.filter(({ type }) => type === 'content_block_delta')
  expect(inputs.map(({ index, delta: piece }) => [index, (piece as Fields)['partial_json']])).toEqual([
    [0, '{'],
    [1, '{'],
    [0, '}'],
    [1, '}'],
  ])
})

test.each([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['content_filter', 'refusal'],
])('a chat that ends by %s ends by %s', (finish, reason) => {
  expect(write(chunk({ content: 'x' }, finish)).at(-2)).toMatchObject({ delta: { stop_reason: reason } })
})

test('a chat whose model refuses ends by refusal, whatever else it says of its end', () => {
  expect(write(chunk({ refusal: 'No.' }), chunk({}, 'stop')).at(-2)).toMatchObject({
    delta: { stop_reason: 'refusal' },
  })
})

test('a chat that ends by an error of the model ends in an error event, which is its only end', () => {
  const types = write(chunk({ content: 'x' }, 'error')).map(({ type }) => type)
  expect(types).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'error'])
})

test('an answer of nothing is a whole stream too', () => {
  expect(write().map(({ type }) => type)).toEqual(['message_start', 'message_delta', 'message_stop'])
})

test('thoughts of Claude keep their signatures, also by way of a chat', () => {
  const bytes = readFileSync(
    new URL('../../../test/fixtures/streams/anthropic/thinking-and-tools.sse', import.meta.url),
  )
  const events = write(...new MessagesStreamReader(null, { isNative: false }).push(bytes))
  const native = write(...new MessagesStreamReader(null, { isNative: true }).push(bytes))
  const said = (list: Fields[]) =>
    list.flatMap(({ type, delta: piece, content_block: block }) => {
      if (type === 'content_block_delta' && (piece as Fields)['partial_json'] !== '') return [piece]
      return type === 'content_block_start' && (block as Fields)['data'] ? [block] : []
    })
  // What a tool without parameters is called with is left out in this format.
  expect(said(events).slice(0, -1)).toEqual(said(native))
})

test('a provider’s own events go through under our identity, and the cost is in the last but one', () => {
  const bytes = readFileSync(new URL('../../../test/fixtures/streams/anthropic/cached.sse', import.meta.url))
  const sent = eventsOf(bytes.toString())
  const events = write(...new MessagesStreamReader(null, { isNative: true }).push(bytes))
  expect(events.map(({ type }) => type)).toEqual(sent.map(({ type }) => type))
  expect(events.slice(1, -2)).toEqual(sent.slice(1, -2))
  const message = sent[0]?.['message'] as Fields
  expect(events[0]?.['message']).toEqual({
    ...message,
    container: null,
    stop_details: null,
    id: 'gen-1',
    model: 'a/b',
    provider: 'Alpha',
  })
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    usage: { input_tokens: 4, output_tokens: 3, cost: 0.000003, cost_details: { upstream_inference_cost: null } },
  })
})

test.each([
  ['invalid_request', 'invalid_request_error', 'invalid_request'],
  ['unauthorized', 'authentication_error', 'authentication'],
  ['insufficient_credits', 'billing_error', 'payment_required'],
  ['forbidden', 'permission_error', 'permission_denied'],
  ['no_endpoints', 'not_found_error', 'not_found'],
  ['payload_too_large', 'invalid_request_error', 'payload_too_large'],
  ['rate_limited', 'rate_limit_error', 'rate_limit_exceeded'],
  ['provider_error', 'api_error', 'provider_unavailable'],
  ['provider_overloaded', 'overloaded_error', 'provider_overloaded'],
  ['unavailable', 'api_error', 'server'],
  ['provider_timeout', 'timeout_error', 'timeout'],
] as const)('%s is an error of this format, before and within a stream', (code, type, errorType) => {
  const { body } = toErrorEnvelope(new AppError(code, 'why', {}, { metadata: { provider_code: 7 } }))
  const error = { type, message: 'why', error_type: errorType }
  expect(messagesProtocol.toErrorBody(body, { generationId: 'gen-1' })).toEqual({
    type: 'error',
    error,
    metadata: { provider_code: 7 },
    request_id: 'gen-1',
  })
  expect(messagesProtocol.toErrorBody(body, { generationId: undefined })).toMatchObject({ request_id: null })
  expect(eventsOf(messagesProtocol.newStream(IDENTITY).fail(body.error, END))).toEqual([{ type: 'error', error }])
})

const CHAT_ANSWER = {
  systemFingerprint: null,
  serviceTier: null,
  native: null,
  usage: undefined,
  usageRaw: null,
  upstreamId: null,
  finishReason: 'tool_calls',
  nativeFinishReason: 'tool_calls',
  outputBytes: 0,
}

test('a whole chat completion becomes a message', () => {
  const message = {
    role: 'assistant',
    content: 'text',
    reasoning: 'hm',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
  }
  const choices = [{ index: 0, message, finish_reason: 'tool_calls', native_finish_reason: 'tool_calls' }]
  expect(messagesProtocol.toAnswer({ ...CHAT_ANSWER, choices }, IDENTITY, END)).toMatchObject({
    id: 'gen-1',
    type: 'message',
    role: 'assistant',
    model: 'a/b',
    provider: 'Alpha',
    content: [
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'text', citations: null },
      { ...tool('a', 'f'), input: { x: 1 } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: USAGE,
    openrouter_metadata: { attempt: 1 },
  })
})

test('a provider’s own message goes through under our identity, with the cost', () => {
  const own = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: 'x', citations: [{ a: 1 }] }],
    stop_reason: 'pause_turn',
    stop_sequence: null,
    x_new: 1,
    usage: { input_tokens: 9, output_tokens: 9, cost: 55, server_tool_use: { web_search_requests: 1 } },
  }
  const answer = decodeMessage(JSON.stringify(own), { kind: 'chat', isNative: true }) ?? expect.fail()
  expect(messagesProtocol.toAnswer(answer, IDENTITY, END)).toMatchObject({
    ...own,
    id: 'gen-1',
    model: 'a/b',
    provider: 'Alpha',
    usage: { ...own.usage, cost: 0.000003, is_byok: false },
  })
})
