import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StreamPiece } from '../dialect.ts'
import { Transcript } from '../transcript.ts'
import { decodeResponse } from './decode-answer.ts'
import { ResponsesStreamReader } from './read-stream.ts'

const CORPUS = join(import.meta.dirname, '../../../test/fixtures/streams/openai-responses')

function read(bytes: Buffer, cuts: readonly number[] = [], isNative = false) {
  const reader = new ResponsesStreamReader(new Transcript(), { isNative, kind: 'chat' })
  const pieces: StreamPiece[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    pieces.push(...reader.push(bytes.subarray(from, to)))
    from = to
  }
  pieces.push(...reader.end())
  return { reader, pieces }
}

const open = (name: string) => readFileSync(join(CORPUS, `${name}.sse`))

/** Of the first choice. */
function deltas(pieces: readonly StreamPiece[]): Record<string, unknown>[] {
  return pieces.flatMap((piece) => ('choices' in piece ? [piece.choices[0]?.['delta'] as Record<string, unknown>] : []))
}

describe.each(readdirSync(CORPUS))('%s', (file) => {
  test.each([false, true])('cut anywhere it reads the same, native: %s', (isNative) => {
    const bytes = readFileSync(join(CORPUS, file))
    const expected = read(bytes, [], isNative)
    for (let at = 1; at < bytes.length; at += 1) {
      const { pieces, reader } = read(bytes, [at], isNative)
      expect(pieces).toEqual(expected.pieces)
      expect([reader.isDone, reader.error, reader.usage]).toEqual([
        expected.reader.isDone,
        expected.reader.error,
        expected.reader.usage,
      ])
    }
  })
})

test('text comes as it was said, and the end tells usage, reason and tier', () => {
  const { reader, pieces } = read(open('text'))
  expect(deltas(pieces)).toEqual([{ role: 'assistant', content: 'Grüß' }, { content: ' dich' }, {}])
  expect(pieces.at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop', native_finish_reason: 'completed' }],
    service_tier: 'default',
  })
  expect(reader).toMatchObject({
    isDone: true,
    upstreamId: 'resp_1',
    finishReason: 'stop',
    outputBytes: 11,
    contentChunks: 2,
    usage: { promptTokens: 9, completionTokens: 6, cachedTokens: 4, reasoningTokens: 2 },
  })
})

test('calls of tools are numbered, those too that come whole', () => {
  const { reader, pieces } = read(open('tools'))
  expect(deltas(pieces).flatMap(({ tool_calls: calls }) => calls ?? [])).toEqual([
    { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
    { index: 0, function: { arguments: '{"city":' } },
    { index: 0, function: { arguments: '"Köln"}' } },
    { index: 1, id: 'call_2', type: 'function', function: { name: 'time', arguments: '' } },
    { index: 1, function: { arguments: '{}' } },
  ])
  expect(reader.finishReason).toBe('tool_calls')
  expect(reader.transcript?.toolCalls).toHaveLength(2)
})

test('reasoning comes as text and as details, with what the next request must bring back', () => {
  const known = { id: 'rs_1', format: 'openai-responses-v1', index: 0 }
  expect(deltas(read(open('reasoning')).pieces).slice(0, 3)).toEqual([
    {
      role: 'assistant',
      reasoning: 'Let me',
      reasoning_details: [{ type: 'reasoning.summary', summary: 'Let me', ...known }],
    },
    { reasoning: ' see', reasoning_details: [{ type: 'reasoning.summary', summary: ' see', ...known }] },
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'gAAAA', ...known }] },
  ])
})

test('a provider that tells everything at the end has told everything', () => {
  const { reader, pieces } = read(open('only-the-end'))
  expect(
    deltas(pieces)
      .map(({ content }) => content ?? '')
      .join(''),
  ).toBe('Grüß dich')
  expect(reader.hasContent).toBe(true)
})

test.each([
  ['failed-amid', undefined],
  ['error-amid', 429],
  ['error-first', 503],
])('%s is an error with the status that its code means', (name, status) => {
  const { reader } = read(open(name))
  expect(reader.error).toEqual({ status, message: 'Provider returned error' })
  expect(reader.isDone).toBe(false)
})

test('an end of the connection before the last event is an error', () => {
  const bytes = open('text')
  const { reader } = read(bytes.subarray(0, bytes.length - 200))
  expect(reader.error?.message).toBe('Provider disconnected')
})

test('an answer at its bound has the reason length, one that was filtered content_filter', () => {
  expect(read(open('incomplete')).reader).toMatchObject({
    finishReason: 'length',
    nativeFinishReason: 'max_output_tokens',
  })
  const filtered = open('incomplete').toString().replaceAll('max_output_tokens', 'content_filter')
  expect(read(Buffer.from(filtered)).reader.finishReason).toBe('content_filter')
})

test('for a client of the format the events are those of the provider', () => {
  const { reader, pieces } = read(open('text'), [], true)
  const types = pieces.map((piece) => ('native' in piece ? piece.native['type'] : undefined))
  expect([types[0], types.at(-1), types.length]).toEqual(['response.created', 'response.completed', 10])
  expect(reader).toMatchObject({ isDone: true, hasContent: true, outputBytes: 11 })
  expect(reader.transcript?.completion).toBe('Grüß dich')
})

describe('a whole answer', () => {
  const whole = (fields: object) =>
    decodeResponse(JSON.stringify({ id: 'resp_1', status: 'completed', output: [], ...fields }), {
      isNative: false,
      kind: 'chat',
    })

  test('is one message of its items', () => {
    const answer = whole({
      service_tier: 'flex',
      usage: { input_tokens: 3, output_tokens: 2 },
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [{ text: 'a' }, { text: 'b' }], encrypted_content: 'e' },
        {
          type: 'message',
          content: [
            {
              type: 'output_text',
              text: 'Hi',
              annotations: [{ type: 'url_citation', url: 'https://x.test', title: 'X', start_index: 0, end_index: 2 }],
              logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [], top_logprobs: [] }],
            },
          ],
        },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
        { type: 'custom_tool_call', id: 'ct_1', call_id: 'c2', name: 'g', input: 'x' },
        { type: 'web_search_call', id: 'ws_1' },
      ],
    })
    const known = { id: 'rs_1', format: 'openai-responses-v1', index: 0 }
    expect(answer).toMatchObject({
      finishReason: 'tool_calls',
      serviceTier: 'flex',
      upstreamId: 'resp_1',
      native: null,
    })
    expect(answer?.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 })
    expect(answer?.choices).toEqual([
      {
        index: 0,
        finish_reason: 'tool_calls',
        native_finish_reason: 'completed',
        logprobs: { content: [{ token: 'Hi', logprob: -0.1, bytes: [], top_logprobs: [] }] },
        message: {
          role: 'assistant',
          content: 'Hi',
          reasoning: 'a\n\nb',
          reasoning_details: [
            { type: 'reasoning.summary', summary: 'a\n\nb', ...known },
            { type: 'reasoning.encrypted', data: 'e', ...known },
          ],
          annotations: [
            {
              type: 'url_citation',
              url_citation: { url: 'https://x.test', title: 'X', start_index: 0, end_index: 2 },
            },
          ],
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'c2', type: 'custom', custom: { name: 'g', input: 'x' } },
          ],
        },
      },
    ])
  })

  test.each(['failed', 'queued', 'in_progress', 'cancelled', undefined])('of status %s is none', (status) => {
    expect(whole({ status })).toBeUndefined()
  })

  test.each(['', 'null', '[]', '{"status":"completed"}', '{"choices":[]}'])('%j is none', (text) => {
    expect(decodeResponse(text, { isNative: false, kind: 'chat' })).toBeUndefined()
  })

  test('with absurd usage is estimated by its bytes', () => {
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'x'.repeat(100) }] }]
    const answer = whole({ output, usage: { input_tokens: -1, output_tokens: 1e300 } })
    expect(answer?.usage).toBeUndefined()
    expect(answer?.outputBytes).toBeGreaterThan(100)
  })
})
