import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { ChatPayload } from '../chat-request.ts'
import { asObject, asText } from '../json-fields.ts'
import { quirksNamed } from './quirks.ts'

/*
 * A request that came in another format, in the words that all providers of chat completions know. Cache markers and signed
 * reasoning mean nothing to them, and many refuse a field that they don't know.
 */

const KNOWN_PARTS = new Set(['text', 'image_url', 'input_audio', 'file', 'video_url'])
const BETWEEN_TEXTS = '\n\n'

/** Reasoning of messages is asked for where the endpoint says that it takes that. Throws `invalid_request` naming what has no words
 *  here. */
export function toPlainPayload(payload: ChatPayload, { provider, supportedParameters }: Endpoint): ChatPayload {
  const { translatedFrom } = payload
  // It takes all of them.
  if (translatedFrom === null || provider.quirks === 'openrouter') return payload
  const { droppedInside, thoughtsOfCalls } = quirksNamed(provider.quirks ?? 'none')
  if (translatedFrom === 'openai-responses') {
    // What the others refuse, they have a list of.
    return droppedInside === undefined ? { ...payload, passedOn: withoutMarks(payload.passedOn) } : payload
  }
  const takesReasoning = supportedParameters.includes('reasoning') || supportedParameters.includes('reasoning_effort')
  return {
    ...payload,
    passedOn: toPlainFields(payload.passedOn, {
      takesTopK: supportedParameters.includes('top_k'),
      keepsThoughts: thoughtsOfCalls !== undefined,
    }),
    ...(!takesReasoning && { reasoning: null, reasoningEffort: undefined }),
  }
}

/** Of a request in the format of responses, which is near to chat completions but for these. */
const RESPONSES_MARKS: ReadonlySet<string> = new Set(['cache_control', 'prompt_cache_breakpoint', 'reasoning_details'])
const RESPONSES_FIELDS = ['cache_control', 'prompt_cache_key', 'prompt_cache_options'] as const

function withoutMarks(passedOn: string | Buffer): string | Buffer {
  const request = JSON.parse(String(passedOn)) as Record<string, unknown>
  for (const name of RESPONSES_FIELDS) delete request[name]
  const { messages } = request
  if (Array.isArray(messages)) request['messages'] = messages.map(toUnmarkedMessage)
  return sameKind(passedOn, request)
}

function toUnmarkedMessage(entry: unknown): unknown {
  const message = asObject(entry)
  if (message === undefined) return entry
  const unmarked = withoutMarked(message)
  const { content } = message
  return Array.isArray(content)
    ? { ...unmarked, content: content.map((part) => withoutMarked(asObject(part) ?? {})) }
    : unmarked
}

function withoutMarked(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !RESPONSES_MARKS.has(name)))
}

function sameKind(before: string | Buffer, value: object): string | Buffer {
  const text = JSON.stringify(value)
  return typeof before === 'string' ? text : Buffer.from(text)
}

interface MessagesWords {
  takesTopK: boolean
  /** What was thought before a call goes back in a field of its own. */
  keepsThoughts: boolean
}

function toPlainFields(passedOn: string | Buffer, { takesTopK, keepsThoughts }: MessagesWords): string | Buffer {
  const { cache_control: _marker, top_k: topK, ...request } = JSON.parse(String(passedOn)) as Record<string, unknown>
  const { messages, tools } = request
  const fields: Record<string, unknown> = request
  if (topK !== undefined && takesTopK) fields['top_k'] = topK
  if (Array.isArray(messages)) fields['messages'] = messages.map((entry) => toPlainMessage(entry, keepsThoughts))
  if (Array.isArray(tools)) fields['tools'] = tools.map(toPlainTool)
  return sameKind(passedOn, fields)
}

function toPlainMessage(entry: unknown, keepsThoughts: boolean): unknown {
  const message = asObject(entry)
  if (message === undefined) return entry
  const { reasoning_details: details, reasoning: _reasoning, cache_control: _marker, ...rest } = message
  const plain = keepsThoughts && details !== undefined ? { ...rest, reasoning_details: details } : rest
  const { content } = rest
  return Array.isArray(content) ? { ...plain, content: toPlainContent(content) } : plain
}

/** Texts alone become one: not every provider takes several. */
function toPlainContent(parts: readonly unknown[]): unknown {
  const plain = parts.map(toPlainPart)
  return plain.every(({ type }) => type === 'text')
    ? plain.map((part) => asText(part['text']) ?? '').join(BETWEEN_TEXTS)
    : plain
}

function toPlainPart(entry: unknown): Record<string, unknown> {
  const { cache_control: _marker, ...part } = asObject(entry) ?? {}
  const type = asText(part['type']) ?? ''
  if (!KNOWN_PARTS.has(type)) throw unknownHere('messages', type)
  return part
}

function toPlainTool(entry: unknown): unknown {
  const { cache_control: _marker, ...tool } = asObject(entry) ?? {}
  if (tool['type'] !== 'function') throw unknownHere('tools', asText(tool['type']) ?? '')
  return tool
}

function unknownHere(field: string, type: string): AppError {
  return new AppError('invalid_request', `${field}: this model's provider has nothing like ${type.slice(0, 100)}`)
}
