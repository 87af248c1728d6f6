import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'

/*
 * What others make of a provider's words: the AI SDK's packages read them by code of their own, from a `fetch` that answers with
 * what it was given. Nothing goes over a network.
 */

/** What a caller has of an answer, whichever format it came in. */
export interface Heard {
  text: string
  reasoning: string
  calls: { name: string; input: unknown }[]
  /** One of the wire's words. */
  finish: string
  usage: HeardUsage | null
  /** Whether it told an error instead of an end. */
  hasFailed: boolean
}

export interface HeardUsage {
  /** What was read from a cache and written to one is part of it. */
  input: number
  cached: number
  written: number
  output: number
  reasoning: number
}

export type OracleName = 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini' | 'bedrock'

type Model = ReturnType<ReturnType<typeof createOpenAI>['chat']>
type CallOptions = Parameters<Model['doStream']>[0]
type StreamPart = Awaited<ReturnType<Model['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never
type Usage = Extract<StreamPart, { type: 'finish' }>['usage']

const MODELS: Readonly<Record<OracleName, (answer: typeof fetch) => Model>> = {
  'openai-chat': (answer) => createOpenAI({ apiKey: 'x', fetch: answer }).chat('gpt-4.1'),
  'openai-responses': (answer) => createOpenAI({ apiKey: 'x', fetch: answer }).responses('gpt-5'),
  anthropic: (answer) => createAnthropic({ apiKey: 'x', fetch: answer })('claude-sonnet-4-5'),
  gemini: (answer) => createGoogle({ apiKey: 'x', fetch: answer })('gemini-2.5-flash'),
  bedrock: (answer) =>
    createAmazonBedrock({ apiKey: 'x', region: 'eu-central-1', fetch: answer })('anthropic.claude-sonnet-4-5-v1:0'),
}

const TOOLS = ['weather', 'time', 'get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  name,
  inputSchema: { type: 'object' as const },
}))
const QUESTION: CallOptions = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Well?' }] }], tools: TOOLS }

const FINISHES: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  // The wire has no word for what it doesn't know.
  other: 'stop',
}

export async function hearStream(name: OracleName, body: Buffer): Promise<Heard> {
  const type = name === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
  const heard = nothing()
  try {
    const { stream } = await modelThatGets(name, body, type).doStream(QUESTION)
    const borders = new ReasoningBorders()
    for await (const part of stream) hearPart(part, heard, borders)
  } catch {
    // Some throw where nothing was said before the error.
    heard.hasFailed = true
  }
  return heard
}

export async function hearWhole(name: OracleName, body: string): Promise<Heard> {
  const { content, finishReason, usage } = await modelThatGets(name, body, 'application/json').doGenerate(QUESTION)
  const heard = nothing()
  const thoughts: string[] = []
  for (const part of content) {
    if (part.type === 'text') heard.text += part.text
    if (part.type === 'reasoning' && part.text !== '') thoughts.push(part.text)
    if (part.type === 'tool-call' && part.providerExecuted !== true) heard.calls.push(callOf(part))
  }
  heard.reasoning = thoughts.join(borderOf(name))
  heard.finish = finishOf(finishReason)
  heard.usage = usageOf(usage)
  return heard
}

/** An end with `error` is the wire's own word, which OpenAI's package doesn't know. */
function finishOf({ unified, raw }: { unified: string; raw: string | undefined }): string {
  return raw === 'error' ? 'error' : (FINISHES[unified] ?? unified)
}

/** Parts of a summary stand apart there, and have a blank line between them here. */
function borderOf(name: OracleName): string {
  return name === 'openai-responses' ? '\n\n' : ''
}

function nothing(): Heard {
  return { text: '', reasoning: '', calls: [], finish: 'stop', usage: null, hasFailed: false }
}

function modelThatGets(name: OracleName, body: Buffer | string, type: string): Model {
  const answer = async () => new Response(body, { status: 200, headers: { 'content-type': type } })
  return MODELS[name](answer)
}

function hearPart(part: StreamPart, heard: Heard, borders: ReasoningBorders): void {
  switch (part.type) {
    case 'text-delta':
      heard.text += part.delta
      break
    case 'reasoning-delta':
      heard.reasoning += borders.before(part.id, part.delta) + part.delta
      break
    case 'tool-call':
      if (part.providerExecuted !== true) heard.calls.push(callOf(part))
      break
    case 'error':
      heard.hasFailed = true
      break
    case 'finish':
      heard.finish = finishOf(part.finishReason)
      heard.usage = usageOf(part.usage)
      break
    default:
  }
}

/** Between parts of one summary, whose ids are `<item>:<part>`. */
class ReasoningBorders {
  #last: string | undefined

  before(id: string, delta: string): string {
    const last = this.#last
    if (delta !== '') this.#last = id
    const isSameItem = last !== undefined && id.includes(':') && last.split(':')[0] === id.split(':')[0]
    return isSameItem && last !== id && delta !== '' ? '\n\n' : ''
  }
}

function callOf({ toolName, input }: { toolName: string; input: string }): { name: string; input: unknown } {
  return { name: toolName, input: JSON.parse(input) }
}

function usageOf({ inputTokens, outputTokens }: Usage): HeardUsage | null {
  if (inputTokens.total === undefined || outputTokens.total === undefined) return null
  return {
    input: inputTokens.total,
    cached: inputTokens.cacheRead ?? 0,
    written: inputTokens.cacheWrite ?? 0,
    output: outputTokens.total,
    reasoning: outputTokens.reasoning ?? 0,
  }
}
