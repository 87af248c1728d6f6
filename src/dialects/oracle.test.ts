import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { eventStream } from '../../test/harness/event-frames.ts'
import { gatherChunks } from '../../test/harness/gather-chunks.ts'
import { type Heard, type HeardUsage, hearStream, hearWhole, type OracleName } from '../../test/harness/oracle.ts'
import { NO_COST, NO_USAGE, type TokenUsage } from '../domain/pricing.ts'
import type { StreamPiece, StreamReader } from './dialect.ts'
import { DIALECTS } from './dialects.ts'
import { asObject, asText } from './json-fields.ts'
import type { ProtocolName } from './protocol.ts'
import { PROTOCOLS } from './protocols.ts'

/*
 * The AI SDK's packages as an oracle: what they make of a provider's words, by code of others, our dialects make of them too: the
 * same text, thoughts, calls with the same arguments, end and usage. And what we make of it for a client, its package reads as the
 * same again, whichever format the provider spoke.
 */

type Fields = Record<string, unknown>

const NAMES: readonly OracleName[] = ['openai-chat', 'openai-responses', 'anthropic', 'gemini', 'bedrock']
/** What our dialects read and the oracle doesn't. */
const NOT_FOR_THE_ORACLE = new Set([
  // It never asks for two choices, and takes the first of each event for its own.
  'two-choices.sse',
  // It demands the number of each call.
  'calls-without-numbers.sse',
  // It reads no item that comes in the last event alone.
  'only-the-end.sse',
  // It reads no thought that comes whole.
  'whole-blocks.sse',
])
/** Here the provider explains in words of its own, which a chat gives its caller as a refusal and the oracle leaves out. */
const EXPLAINED = 'refusal.sse'

const folder = (path: string) => new URL(`../../test/fixtures/${path}`, import.meta.url)

const STREAMS = NAMES.flatMap((name) =>
  readdirSync(folder(`streams/${name}`))
    .filter((file) => !NOT_FOR_THE_ORACLE.has(file))
    .map((file) => ({ name, file })),
)
const ANSWERS = NAMES.flatMap((name) =>
  Object.entries(JSON.parse(readFileSync(folder(`answers/${name}.json`), 'utf8')) as Record<string, unknown>).map(
    ([title, answer]) => ({ name, title, body: JSON.stringify(answer) }),
  ),
)

function bytesOf(name: OracleName, file: string): Buffer {
  const bytes = readFileSync(folder(`streams/${name}/${file}`))
  return name === 'bedrock' ? eventStream(JSON.parse(bytes.toString()) as [string, unknown][]) : bytes
}

function usageOf(usage: TokenUsage | undefined): HeardUsage | null {
  if (usage === undefined) return null
  return {
    input: usage.promptTokens,
    cached: usage.cachedTokens,
    written: usage.cacheWriteTokens,
    output: usage.completionTokens,
    reasoning: usage.reasoningTokens,
  }
}

const callsOf = (calls: readonly { name: string; arguments: string }[]) =>
  calls.map(({ name, arguments: text }) => ({ name, input: JSON.parse(text) as unknown }))

/** What our dialect hears in a stream. */
function readStream(name: OracleName, bytes: Buffer): Heard {
  const reader = DIALECTS[name].newReader(null, { kind: 'chat', isNative: false })
  const chunks = piecesOf(reader, bytes)
  const { content, reasoning, toolCalls, finishReasons } = gatherChunks(chunks)
  const refusal = chunks.map((chunk) => asText(asObject(firstChoice(chunk)['delta'])?.['refusal']) ?? '').join('')
  const isRefused = refusal !== '' && finishReasons.at(-1) === 'stop'
  return {
    text: content + refusal,
    reasoning,
    calls: reader.error === undefined ? callsOf(toolCalls) : [],
    finish: isRefused ? 'content_filter' : String(finishReasons.at(-1) ?? 'stop'),
    usage: usageOf(reader.usage),
    hasFailed: reader.error !== undefined,
  }
}

function piecesOf(reader: StreamReader, bytes: Buffer): StreamPiece[] {
  return [...reader.push(bytes), ...reader.end()]
}

function firstChoice(chunk: unknown): Fields {
  const choices = asObject(chunk)?.['choices']
  return Array.isArray(choices) ? (asObject(choices[0]) ?? {}) : {}
}

/** What our dialect hears in a whole answer. */
function readWhole(name: OracleName, body: string): Heard {
  const answer = DIALECTS[name].decode(body, { kind: 'chat', isNative: false })
  const message = asObject(answer?.choices[0]?.['message']) ?? {}
  const calls = (message['tool_calls'] ?? []) as { function: { name: string; arguments: string } }[]
  // What a client of chat completions is told beside the end, the oracle takes for the end.
  const refusal = asText(message['refusal']) ?? ''
  const finish = answer?.finishReason ?? ''
  return {
    text: (asText(message['content']) ?? '') + refusal,
    reasoning: asText(message['reasoning']) ?? '',
    calls: callsOf(calls.map((call) => call.function)),
    finish: refusal !== '' && finish === 'stop' ? 'content_filter' : finish,
    usage: usageOf(answer?.usage),
    hasFailed: answer === undefined,
  }
}

/** What can be compared: of an answer that failed only what came of it. */
function comparable(heard: Heard, hasThoughts: boolean): Partial<Heard> {
  const hasFailed = heard.hasFailed || heard.finish === 'error'
  const said = { text: heard.text, hasFailed, ...(hasThoughts && { reasoning: heard.reasoning }) }
  if (hasFailed) return said
  return { ...said, calls: heard.calls, finish: heard.finish, usage: heard.usage }
}

/** Whether the oracle reads thoughts from the one and as the other: in chat completions OpenAI's package reads none, in responses
 *  summaries, which is how only providers of that format tell them. */
function tellsThoughts(from: OracleName, as: OracleName): boolean {
  if (from === 'openai-chat' || as === 'openai-chat') return false
  return as !== 'openai-responses' || from === as
}

describe('a stream says to our dialect what it says to the oracle', () => {
  test.each(STREAMS)('$name: $file', async ({ name, file }) => {
    const bytes = bytesOf(name, file)
    const hasThoughts = tellsThoughts(name, name)
    const heard = await hearStream(name, bytes)
    if (name === 'anthropic' && file === EXPLAINED) heard.text += 'Not with this.'
    expect(comparable(readStream(name, bytes), hasThoughts)).toEqual(comparable(heard, hasThoughts))
  })
})

describe('a whole answer says to our dialect what it says to the oracle', () => {
  test.each(ANSWERS)('$name: $title', async ({ name, body }) => {
    const hasThoughts = tellsThoughts(name, name)
    expect(comparable(readWhole(name, body), hasThoughts)).toEqual(comparable(await hearWhole(name, body), hasThoughts))
  })
})

const IDENTITY = { id: 'gen-1', created: 1_767_225_600, model: 'a/b', provider: 'Alpha', echo: null }
const CLIENTS = [
  { protocol: 'chat', as: 'openai-chat' },
  { protocol: 'responses', as: 'openai-responses' },
  { protocol: 'messages', as: 'anthropic' },
] as const satisfies readonly { protocol: ProtocolName; as: OracleName }[]
const CELLS = CLIENTS.flatMap((client) => STREAMS.map((stream) => ({ ...client, ...stream })))
const WHOLE_CELLS = CLIENTS.flatMap((client) => ANSWERS.map((answer) => ({ ...client, ...answer })))

/** As the gateway relays it. */
function relay(protocol: ProtocolName, name: OracleName, bytes: Buffer): Buffer {
  const { dialect, newStream } = PROTOCOLS[protocol]
  const reader = DIALECTS[name].newReader(null, { kind: 'chat', isNative: dialect === name })
  const stream = newStream(IDENTITY)
  const text = stream.write(reader.push(bytes)) + stream.write(reader.end())
  const end = { usage: reader.usage ?? NO_USAGE, cost: NO_COST, endedAt: IDENTITY.created, metadata: undefined }
  if (reader.error !== undefined) {
    const error = { code: 502, message: 'x', metadata: { error_type: 'provider_unavailable' } }
    return Buffer.from(text + stream.fail(error, end))
  }
  return Buffer.from(text + stream.end(end))
}

/** Where usage is missing, the gateway tells its estimate. */
function asRelayed(heard: Heard): Heard {
  const { promptTokens, completionTokens } = NO_USAGE
  const none = { input: promptTokens, cached: 0, written: 0, output: completionTokens, reasoning: 0 }
  return heard.hasFailed ? heard : { ...heard, usage: heard.usage ?? none }
}

describe('what a client gets says the same to its package', () => {
  test.each(CELLS)('$protocol, from a stream of $name: $file', async ({ protocol, as, name, file }) => {
    const bytes = bytesOf(name, file)
    const hasThoughts = tellsThoughts(name, as)
    const heard = await hearStream(name, bytes)
    if (name === 'anthropic' && as !== name && file === EXPLAINED) heard.text += 'Not with this.'
    const told = await hearStream(as, relay(protocol, name, bytes))
    expect(comparable(told, hasThoughts)).toEqual(comparable(asRelayed(heard), hasThoughts))
  })

  test.each(WHOLE_CELLS)('$protocol, from an answer of $name: $title', async ({ protocol, as, name, body }) => {
    const hasThoughts = tellsThoughts(name, as)
    const { dialect, toAnswer } = PROTOCOLS[protocol]
    const answer = DIALECTS[name].decode(body, { kind: 'chat', isNative: dialect === name })
    if (answer === undefined) return expect.fail('no answer')
    const end = { usage: answer.usage ?? NO_USAGE, cost: NO_COST, endedAt: IDENTITY.created, metadata: undefined }
    const told = JSON.stringify(toAnswer(answer, IDENTITY, end))
    const expected = comparable(asRelayed(await hearWhole(name, body)), hasThoughts)
    expect(comparable(await hearWhole(as, told), hasThoughts)).toEqual(expected)
  })
})
