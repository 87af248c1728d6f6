import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventStream } from '../../test/harness/event-frames.ts'
import { ANYWHERE, HOSTILE, withValueAt } from '../../test/harness/hostile-values.ts'
import { NO_COST, NO_USAGE } from '../domain/pricing.ts'
import { DIALECTS } from './dialects.ts'
import { PROTOCOLS } from './protocols.ts'
import { Transcript } from './transcript.ts'

/*
 * Answers in which any value may be anything: each is read and told to clients of all formats, or is none, and nothing is thrown.
 */

const STREAMS = join(import.meta.dirname, '../../test/fixtures/streams')
const IDENTITY = { id: 'gen-1', created: 7, model: 'a/b', provider: 'Alpha', echo: null }
const END = { usage: NO_USAGE, cost: NO_COST, endedAt: 8, metadata: undefined }
const ERROR = { code: 502, message: 'Oh' }
const CHATS = Object.values(PROTOCOLS).filter(({ apiType }) => apiType === 'completions')

/** Whole answers as their providers tell them. */
const ANSWERS = {
  'openai-chat': {
    id: 'x',
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: [
            { type: 'text', text: 'a' },
            { type: 'thinking', thinking: [{ text: 'b' }] },
          ],
          reasoning_details: [{ type: 'reasoning.text', text: 'c', signature: 's', format: 'anthropic-claude-v1' }],
          annotations: [{ type: 'url_citation', url_citation: { url: 'd' } }],
          tool_calls: [{ id: 'e', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        logprobs: { content: [{ token: 'a', logprob: 0, top_logprobs: [{ token: 'b' }] }] },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
  },
  'openai-responses': {
    id: 'x',
    status: 'completed',
    output: [
      { type: 'reasoning', id: 'r', summary: [{ text: 'a' }], content: [{ text: 'b' }], encrypted_content: 'c' },
      {
        type: 'message',
        content: [
          {
            type: 'output_text',
            text: 'd',
            annotations: [{ type: 'url_citation', url: 'e' }],
            logprobs: [{ token: 'f' }],
          },
          { type: 'refusal', refusal: 'g' },
        ],
      },
      { type: 'function_call', call_id: 'h', name: 'i', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'j', name: 'k', input: 'l' },
    ],
    usage: { input_tokens: 1, output_tokens: 2, input_tokens_details: { cached_tokens: 1 } },
  },
  anthropic: {
    id: 'x',
    content: [
      { type: 'thinking', thinking: 'a', signature: 's' },
      { type: 'redacted_thinking', data: 'b' },
      { type: 'text', text: 'c' },
      { type: 'tool_use', id: 'd', name: 'e', input: { f: 1 } },
    ],
    stop_reason: 'tool_use',
    stop_details: { explanation: 'g' },
    usage: {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation: { ephemeral_1h_input_tokens: 1 },
      service_tier: 'standard',
    },
  },
  gemini: {
    responseId: 'x',
    candidates: [
      {
        index: 0,
        content: {
          parts: [
            { text: 'a', thought: true, thoughtSignature: 's' },
            { text: 'b' },
            { functionCall: { name: 'c', args: { d: 1 } }, thoughtSignature: 't' },
            { inlineData: { mimeType: 'image/png', data: 'AA' } },
          ],
        },
        finishReason: 'STOP',
        logprobsResult: {
          chosenCandidates: [{ token: 'a', logProbability: 0 }],
          topCandidates: [{ candidates: [{}] }],
        },
      },
    ],
    promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' },
    usageMetadata: {
      promptTokenCount: 1,
      candidatesTokenCount: 2,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 1 }],
    },
  },
  bedrock: {
    output: {
      message: {
        content: [
          { reasoningContent: { reasoningText: { text: 'a', signature: 's' } } },
          { text: 'b' },
          { toolUse: { toolUseId: 'c', name: 'd', input: { e: 1 } } },
        ],
      },
    },
    stopReason: 'tool_use',
    serviceTier: { type: 'default' },
    usage: { inputTokens: 1, outputTokens: 2, cacheDetails: [{ ttl: '1h', inputTokens: 1 }] },
  },
}

const changes = fc.array(fc.tuple(ANYWHERE, HOSTILE), {
  minLength: 1,
  maxLength: 2,
})

test.each(Object.values(DIALECTS))('$name: whatever a value of an answer is, it is told or is none', (dialect) => {
  fc.assert(
    fc.property(changes, (hostile) => {
      const answer = hostile.reduce(withValueAt, ANSWERS[dialect.name])
      for (const protocol of CHATS) {
        const options = { kind: 'chat', isNative: protocol.dialect === dialect.name } as const
        const decoded = dialect.decode(JSON.stringify(answer), options)
        if (decoded === undefined) continue
        new Transcript().add((decoded.choices[0]?.['message'] ?? {}) as Record<string, unknown>)
        expect(JSON.stringify(protocol.toAnswer(decoded, IDENTITY, END))).toContain('gen-1')
      }
      dialect.errorMessage(JSON.stringify(answer))
    }),
    { numRuns: 300 },
  )
})

/** The events of all recorded streams of a dialect. */
function eventsOf(name: string): readonly (readonly [type: string, payload: unknown])[] {
  const folder = join(STREAMS, name)
  return readdirSync(folder).flatMap((file): [string, unknown][] => {
    const text = readFileSync(join(folder, file), 'utf8')
    if (file.endsWith('.json')) return JSON.parse(text)
    const data = text.split(/\r\n|\n|\r/).filter((line) => /^data: *\{.*\}$/.test(line))
    return data.map((line) => ['', JSON.parse(line.slice('data:'.length))])
  })
}

test.each(Object.values(DIALECTS))(
  '$name: whatever a value of a stream is, it is told or ends the stream',
  (dialect) => {
    const events = eventsOf(dialect.name).filter(([type]) => !type.endsWith('Exception'))
    const picked = fc.array(fc.tuple(fc.nat(events.length - 1), changes), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(picked, (some) => {
        const hostile = some.map(([at, more]): [string, unknown] => {
          const [type, payload] = events[at] ?? expect.fail()
          return [type, more.reduce(withValueAt, payload)]
        })
        const sse = hostile.map(([, payload]) => `data: ${JSON.stringify(payload)}\n\n`).join('')
        const bytes = dialect.name === 'bedrock' ? eventStream(hostile) : Buffer.from(sse)
        for (const protocol of CHATS) {
          const options = { kind: 'chat', isNative: protocol.dialect === dialect.name } as const
          const reader = dialect.newReader(new Transcript(), options)
          const stream = protocol.newStream(IDENTITY)
          stream.write(reader.push(bytes))
          stream.write(reader.end())
          const end = reader.error === undefined ? stream.end(END) : stream.fail(ERROR, END)
          expect(end).not.toBe('')
          expect([typeof (reader.finishReason ?? ''), typeof (reader.error?.status ?? 0)]).toEqual(['string', 'number'])
        }
      }),
      { numRuns: 300 },
    )
  },
)
