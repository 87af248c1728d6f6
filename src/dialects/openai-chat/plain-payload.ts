import { AppError } from '../../domain/app-error.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { ChatPayload } from '../chat-request.ts'
import { asObject, asText } from '../json-fields.ts'

/*
 * A request that came in another format, in the words that all providers of chat completions know. Cache markers and signed
 * reasoning mean nothing to them, and many refuse a field that they don't know.
 */

const KNOWN_PARTS = new Set(['text', 'image_url', 'input_audio', 'file', 'video_url'])
const BETWEEN_TEXTS = '\n\n'

/** Reasoning is asked for where the endpoint says that it takes that. Throws `invalid_request` naming what has no words here. */
export function toPlainPayload(payload: ChatPayload, { provider, supportedParameters }: Endpoint): ChatPayload {
  // It takes all of them.
  if (provider.quirks === 'openrouter') return payload
  const takesReasoning = supportedParameters.includes('reasoning') || supportedParameters.includes('reasoning_effort')
  return {
    ...payload,
    passedOn: toPlainFields(payload.passedOn, supportedParameters.includes('top_k')),
    ...(!takesReasoning && { reasoning: null, reasoningEffort: undefined }),
  }
}

function toPlainFields(passedOn: string | Buffer, takesTopK: boolean): string | Buffer {
  const { cache_control: _marker, top_k: topK, ...request } = JSON.parse(String(passedOn)) as Record<string, unknown>
  const { messages, tools } = request
  const fields: Record<string, unknown> = request
  if (topK !== undefined && takesTopK) fields['top_k'] = topK
  if (Array.isArray(messages)) fields['messages'] = messages.map(toPlainMessage)
  if (Array.isArray(tools)) fields['tools'] = tools.map(toPlainTool)
  const text = JSON.stringify(fields)
  return typeof passedOn === 'string' ? text : Buffer.from(text)
}

function toPlainMessage(entry: unknown): unknown {
  const message = asObject(entry)
  if (message === undefined) return entry
  const { reasoning_details: _details, reasoning: _reasoning, cache_control: _marker, ...plain } = message
  const { content } = plain
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
