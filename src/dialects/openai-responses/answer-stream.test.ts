import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ErrorEnvelope } from '../../contract/common/errors.ts'
import { NO_USAGE } from '../../domain/pricing.ts'
import type { StreamPiece } from '../dialect.ts'
import type { AnswerEnd } from '../protocol.ts'
import { ResponsesAnswerStream } from './answer-stream.ts'
import { parseResponsesRequest } from './parse-request.ts'
import { responsesProtocol } from './protocol.ts'
import { ResponsesStreamReader } from './read-stream.ts'

type Json = Record<string, unknown>

const ECHO = JSON.stringify({
  instructions: 'Be brief',
  metadata: { a: 'b' },
  temperature: null,
  user: 'ann',
  tools: [{ type: 'function', name: 'f' }],
})
const IDENTITY = { id: 'gen-1-ab', created: 7, model: 'a/b', provider: 'Alpha', echo: ECHO }
const END: AnswerEnd = {
  usage: { ...NO_USAGE, promptTokens: 9, completionTokens: 6, cachedTokens: 4, reasoningTokens: 2 },
  cost: { total: 15_000n, prompt: 9_000n, completion: 6_000n },
  endedAt: 9,
  metadata: { openrouter_metadata: { strategy: 'direct' } },
}
const USAGE = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 6,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
  cost: 0.000015,
  is_byok: false,
  cost_details: {
    upstream_inference_cost: null,
    upstream_inference_input_cost: 0.000009,
    upstream_inference_output_cost: 0.000006,
  },
}
const PROVIDER_DOWN = { code: 502, message: 'Provider disconnected', metadata: { error_type: 'provider_unavailable' } }

function chunk(delta: Json, finish: string | null = null): StreamPiece {
  return { choices: [{ index: 0, delta, finish_reason: finish, native_finish_reason: finish }] }
}

function eventsOf(text: string): Json[] {
  const events = text.split('\n\n').slice(0, -1)
  return events.map((event) => {
    const [first = '', second = ''] = event.split('\n')
    const parsed = JSON.parse(second.slice('data: '.length)) as Json
    expect(first).toBe(`event: ${parsed['type']}`)
    return parsed
  })
}

function stream(pieces: readonly StreamPiece[], fail?: ErrorEnvelope['error']): Json[] {
  const answer = new ResponsesAnswerStream(IDENTITY)
  const begun = pieces.map((piece) => answer.write([piece])).join('')
  const events = eventsOf(begun + (fail === undefined ? answer.end(END) : answer.fail(fail, END)))
  expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()])
  return events
}

const short = (events: readonly Json[]) => events.map(({ type }) => String(type).replace('response.', ''))
const outputOf = (events: readonly Json[]) => ((events.at(-1) ?? expect.fail())['response'] as Json)['output']

test('a response has each key that the official schema wants, repeats the request, and tells the cost', () => {
  const events = stream([chunk({ role: 'assistant', content: 'Hi' }), chunk({}, 'stop')])
  expect(events.at(-1)).toEqual({
    type: 'response.completed',
    sequence_number: 8,
    response: {
      id: 'gen-1-ab',
      object: 'response',
      created_at: 7,
      completed_at: 9,
      model: 'a/b',
      provider: 'Alpha',
      status: 'completed',
      background: false,
      store: false,
      previous_response_id: null,
      error: null,
      incomplete_details: null,
      instructions: 'Be brief',
      max_output_tokens: null,
      metadata: { a: 'b' },
      user: 'ann',
      parallel_tool_calls: true,
      temperature: null,
      top_p: null,
      presence_penalty: null,
      frequency_penalty: null,
      tool_choice: 'auto',
      truncation: 'disabled',
      text: { format: { type: 'text' } },
      tools: [{ type: 'function', name: 'f', parameters: null, strict: null }],
      output: [
        {
          type: 'message',
          id: 'msg_1_ab_0',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hi', annotations: [], logprobs: [] }],
        },
      ],
      output_text: 'Hi',
      usage: USAGE,
      openrouter_metadata: { strategy: 'direct' },
    },
  })
  expect(events[0]).toMatchObject({
    type: 'response.created',
    response: { status: 'in_progress', output: [], usage: null },
  })
})

test('reasoning, text and calls are items one behind the other; calls may come side by side', () => {
  const known = { format: 'anthropic-claude-v1' }
  const call = (index: number, name: string) => ({ index, id: `c${index}`, type: 'function', function: { name } })
  const events = stream([
    chunk({ reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0, ...known }] }),
    chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 'sig', index: 0, ...known }] }),
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'xyz', index: 1, ...known }] }),
    chunk({ content: 'Look' }),
    chunk({ tool_calls: [call(0, 'f'), call(1, 'g')] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
    chunk({ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '}' } }] }),
    chunk({}, 'tool_calls'),
  ])
  expect(short(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'reasoning_text.delta',
    'reasoning_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.delta',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ])
  const state = { status: 'completed' }
  expect(outputOf(events)).toEqual([
    {
      type: 'reasoning',
      id: 'rs_1_ab_0',
      ...state,
      summary: [],
      content: [{ type: 'reasoning_text', text: 'Hm' }],
      signature: 'sig',
      ...known,
    },
    { type: 'reasoning', id: 'rs_1_ab_1', ...state, summary: [], encrypted_content: 'xyz', ...known },
    expect.objectContaining({ type: 'message', id: 'msg_1_ab_2' }),
    { type: 'function_call', id: 'fc_1_ab_3', ...state, call_id: 'c0', name: 'f', arguments: '{}' },
    { type: 'function_call', id: 'fc_1_ab_4', ...state, call_id: 'c1', name: 'g', arguments: '{}' },
  ])
})

test('a summary of reasoning is a part of its own kind; reasoning without details is text', () => {
  const detail = (summary: string) => ({ type: 'reasoning.summary', summary, id: 'rs_9', index: 0 })
  const events = stream([
    chunk({ reasoning: 'a', reasoning_details: [detail('a')] }),
    chunk({ reasoning: 'b', reasoning_details: [detail('b')] }),
    chunk({ content: 'x' }),
    chunk({ reasoning: 'later' }),
    chunk({}, 'stop'),
  ])
  expect(short(events).slice(2, 9)).toEqual([
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
  ])
  expect(outputOf(events)).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'ab' }] },
    { type: 'message' },
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'later' }] },
  ])
})

test('a refusal, a citation and a call of free text have events of their own', () => {
  const citation = { type: 'url_citation', url_citation: { url: 'https://x.test', title: 'X' } }
  const events = stream([
    chunk({ content: 'See' }),
    chunk({ annotations: [citation] }),
    chunk({ refusal: 'No' }),
    chunk({ tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { name: 'g', input: 'x' } }] }),
    chunk({}, 'stop'),
  ])
  expect(short(events)).toEqual(
    expect.arrayContaining([
      'output_text.annotation.added',
      'refusal.delta',
      'refusal.done',
      'custom_tool_call_input.done',
    ]),
  )
  expect(outputOf(events)).toMatchObject([
    {
      content: [
        { text: 'See', annotations: [{ type: 'url_citation', url: 'https://x.test', title: 'X' }] },
        { type: 'refusal', refusal: 'No' },
      ],
    },
    { type: 'custom_tool_call', id: 'ctc_1_ab_1', call_id: 'c', name: 'g', input: 'x' },
  ])
})

test.each([
  ['length', 'incomplete', { incomplete_details: { reason: 'max_output_tokens' }, completed_at: null }],
  ['content_filter', 'incomplete', { incomplete_details: { reason: 'content_filter' } }],
  ['error', 'failed', { error: { code: 'server_error' }, error_type: 'provider_unavailable' }],
])('an answer that ends with %s is %s', (finish, status, fields) => {
  const events = stream([chunk({ content: 'Hi' }), chunk({}, finish)])
  expect(events.at(-1)).toMatchObject({
    type: `response.${status}`,
    response: { status, ...fields, output: [{ status: 'incomplete' }], usage: USAGE },
  })
})

test('whole answers have the output that streams come to', () => {
  const message = {
    role: 'assistant',
    content: 'Look',
    reasoning: 'Hm',
    tool_calls: [{ id: 'c0', type: 'function', function: { name: 'f', arguments: '{}' } }],
  }
  const choice = { index: 0, message, finish_reason: 'tool_calls', native_finish_reason: 'tool_calls' }
  const answer = {
    choices: [choice],
    finishReason: 'tool_calls',
    nativeFinishReason: 'tool_calls',
    serviceTier: 'flex',
    native: null,
    systemFingerprint: null,
    usage: undefined,
    usageRaw: null,
    upstreamId: null,
    outputBytes: 0,
  }
  const { content, reasoning, tool_calls: calls } = message
  const streamed = stream([
    chunk({ reasoning }),
    chunk({ content }),
    chunk({ tool_calls: calls }),
    { ...chunk({}, 'tool_calls'), service_tier: 'flex' },
  ])
  expect(responsesProtocol.toAnswer(answer, IDENTITY, END)).toEqual(streamed.at(-1)?.['response'])
})

test('what is answered and sent again means the same: signatures and what is encrypted come back as they were', () => {
  const known = { format: 'anthropic-claude-v1' }
  const details = [
    { type: 'reasoning.text', text: 'Hm', signature: 'sig', index: 0, ...known },
    { type: 'reasoning.encrypted', data: 'xyz', index: 1, ...known },
  ]
  const call = { id: 'c0', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }
  const events = stream([
    chunk({ reasoning_details: details }),
    chunk({ content: 'Look' }),
    chunk({ tool_calls: [{ index: 0, ...call }] }),
    chunk({}, 'tool_calls'),
  ])
  const { payload } = parseResponsesRequest(Buffer.from(JSON.stringify({ input: outputOf(events) })), null)
  expect(JSON.parse(String(payload.passedOn))).toMatchObject({
    messages: [{ role: 'assistant', content: 'Look', reasoning_details: details, tool_calls: [call] }],
  })
})

test('a stream that breaks off fails once, with what came until then', () => {
  const events = stream([chunk({ content: 'Hi' })], PROVIDER_DOWN)
  expect(short(events).slice(-2)).toEqual(['output_item.done', 'failed'])
  expect(events.at(-1)).toMatchObject({
    response: {
      status: 'failed',
      error: { code: 'server_error', message: 'Provider disconnected' },
      error_type: 'provider_unavailable',
      output: [{ status: 'incomplete', content: [{ text: 'Hi' }] }],
      usage: USAGE,
    },
  })
  expect(short(stream([], PROVIDER_DOWN))).toEqual(['created', 'in_progress', 'failed'])
})

test.each([
  [429, 'rate_limit_exceeded'],
  [400, 'invalid_prompt'],
  [503, 'server_error'],
])('a failure like a %i has the code %s', (code, expected) => {
  const events = stream([], { code, message: 'm', metadata: { error_type: 't' } })
  expect(events.at(-1)).toMatchObject({ response: { error: { code: expected }, error_type: 't' } })
})

test.each(['context_length_exceeded', 'max_tokens_exceeded', 'token_limit_exceeded'])(
  '%s is an answer that has come to its bound',
  (type) => {
    const events = stream([chunk({ content: 'Hi' })], { code: 400, message: 'm', metadata: { error_type: type } })
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        error: null,
        incomplete_details: { reason: 'max_output_tokens' },
        usage: USAGE,
      },
    })
  },
)

test('what was sent to a provider is an event of its own', () => {
  const answer = new ResponsesAnswerStream(IDENTITY)
  expect(eventsOf(answer.echoUpstream({ a: 1 }))).toEqual([
    { type: 'response.debug', sequence_number: 0, debug: { echo_upstream_body: { a: 1 } } },
  ])
})

test('a refusal of what is too long for the model is an answer, others are refusals', () => {
  const tooLong = { code: 400, message: 'm', metadata: { error_type: 'context_length_exceeded' } }
  const whole = responsesProtocol.answerInstead?.(tooLong, IDENTITY, false)
  expect(JSON.parse(String(whole))).toMatchObject({ id: 'gen-1-ab', status: 'incomplete', output: [], error: null })
  const events = eventsOf(String(responsesProtocol.answerInstead?.(tooLong, IDENTITY, true)))
  expect(short(events)).toEqual(['created', 'in_progress', 'incomplete'])
  expect(responsesProtocol.answerInstead?.(PROVIDER_DOWN, IDENTITY, true)).toBeUndefined()
})

describe('events of a provider', () => {
  const corpus = join(import.meta.dirname, '../../../test/fixtures/streams/openai-responses')
  const piecesOf = (name: string) =>
    new ResponsesStreamReader(null, { isNative: true, kind: 'chat' }).push(readFileSync(join(corpus, `${name}.sse`)))

  test('go through, under our id and model, with what the caller sent and the cost', () => {
    const events = stream(piecesOf('text'))
    expect(short(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    for (const event of [events[0], events[1], events.at(-1)]) {
      expect(event?.['response']).toMatchObject({ id: 'gen-1-ab', model: 'a/b', metadata: { a: 'b' }, user: 'ann' })
    }
    expect(events.at(-1)).toMatchObject({
      response: { usage: USAGE, output_text: 'Grüß dich', service_tier: 'default' },
    })
  })

  test('get what official clients miss in them', () => {
    const bare = [
      {
        native: {
          type: 'response.output_item.added',
          output_index: 0,
          item: { type: 'function_call', id: 'i', name: 'f' },
        },
      },
      { native: { type: 'response.function_call_arguments.done', item_id: 'i', output_index: 0, arguments: '{}' } },
      { native: { type: 'response.output_text.delta', item_id: 'm', output_index: 1, content_index: 0, delta: 'x' } },
    ]
    const events = stream(bare, PROVIDER_DOWN)
    expect(events.slice(0, 2)).toMatchObject([{ type: 'response.created' }, { type: 'response.in_progress' }])
    expect(events[3]).toMatchObject({ name: 'f' })
    expect(events[4]).toMatchObject({ logprobs: [] })
  })

  test('that break off end in one failed response with the items that were whole', () => {
    const pieces = piecesOf('tools').slice(0, -2)
    const events = stream(pieces, PROVIDER_DOWN)
    expect(short(events).filter((type) => /completed|failed|incomplete/.test(type))).toEqual(['failed'])
    expect(outputOf(events)).toMatchObject([{ type: 'function_call', name: 'weather' }])
  })
})
