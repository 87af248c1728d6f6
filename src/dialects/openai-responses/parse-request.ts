import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import { ResponsesItem, ResponsesRequest } from '../../contract/inference/responses.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import type { ChatRequest } from '../chat-request.ts'
import { GATEWAY_FIELDS, ownFields } from '../gateway-fields.ts'
import { asObject, asText } from '../json-fields.ts'
import { toChatRequest } from '../openai-chat/parse-request.ts'
import { withoutFields } from '../raw-fields.ts'
import { readRequestBody, requireShape } from '../request-body.ts'
import { pick } from './encode-input.ts'
import { InputReader } from './read-input.ts'

type Json = Record<string, unknown>

const OWN_FIELDS = ownFields([
  'store',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
  'max_output_tokens',
  'modalities',
  'image_config',
  'cache_control',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
])

/** Those that mean the same in the chat completions format. */
const SHARED_FIELDS = [
  ...GATEWAY_FIELDS,
  'model',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'parallel_tool_calls',
  'reasoning',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_options',
  'cache_control',
  'modalities',
  'image_config',
]

/** What an answer repeats of the request. */
const REPEATED_FIELDS = [
  'instructions',
  'metadata',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'top_logprobs',
  'max_output_tokens',
  'max_tool_calls',
  'reasoning',
  'text',
  'truncation',
  'prompt_cache_key',
  'safety_identifier',
  'user',
]

/** Made once: what is made anew has to be compiled anew. */
const CHECKED_FIELDS = ChatCompletionRequest.omit({ messages: true })

/** `presets`: those of the workspace; null for none. Throws `invalid_request` naming the first bad field, `not_found` for a
 *  preset that isn't among them. */
export function parseResponsesRequest(sent: Buffer, presets: PresetBook | null): ChatRequest {
  const { value, bytes, presetHash } = readRequestBody(sent, presets, 'responses')
  requireGoodItems(value)
  const body = requireShape(ResponsesRequest, value)
  const { chat, nativeOnly } = toChat(body)
  const request = toChatRequest(checked(chat), bytes.length)
  return {
    ...request,
    payload: {
      ...request.payload,
      native: { dialect: 'openai-responses', passedOn: toNative(bytes, body) },
      translatedFrom: 'openai-responses',
    },
    nativeOnly,
    presetHash,
    echo: JSON.stringify(pick(body, REPEATED_FIELDS)),
  }
}

/** One by one, so that the first bad one is named, and no issue is kept for each of millions. */
function requireGoodItems(value: unknown): void {
  const { input } = (value ?? {}) as { input?: unknown }
  if (!Array.isArray(input)) return
  for (const [index, item] of input.entries()) requireShape(ResponsesItem, item, ['input', index])
}

/** What was translated is fit for the chat completions format, but for fields that are only checked there. */
function checked(chat: Json): ChatCompletionRequest {
  const { messages, ...fields } = chat
  const rest = requireShape(CHECKED_FIELDS, fields)
  return { ...rest, messages } as ChatCompletionRequest
}

function toChat(body: ResponsesRequest): { chat: Json; nativeOnly: string | null } {
  const reader = new InputReader()
  if (body.instructions) reader.messages.push({ role: 'system', content: body.instructions })
  reader.readAll(body.input)
  const tools = (body.tools ?? []).map(toChatTool)
  const strange = tools.indexOf(undefined)
  const choice = toChatToolChoice(body.tool_choice)
  const nativeOnly =
    reader.nativeOnly ?? (strange >= 0 ? `tools.${strange}` : null) ?? (choice === undefined ? 'tool_choice' : null)
  const chat = {
    ...pick(body, SHARED_FIELDS),
    messages: reader.messages,
    ...(body.max_output_tokens ? { max_tokens: body.max_output_tokens } : {}),
    ...(body.user || body.safety_identifier ? { user: body.user || body.safety_identifier } : {}),
    ...(tools.length === 0 ? {} : { tools: tools.filter((tool) => tool !== undefined) }),
    ...(choice === undefined || choice === null ? {} : { tool_choice: choice }),
    ...formatOf(body.text),
    ...logprobsOf(body),
  }
  return { chat, nativeOnly }
}

function toChatTool(tool: Json): Json | undefined {
  const { type, ...described } = tool
  if (type === 'function') {
    return { type, function: withoutNull(pick(described, ['name', 'description', 'parameters', 'strict'])) }
  }
  if (type !== 'custom') return undefined
  const { type: kind, ...grammar } = asObject(described['format']) ?? {}
  return { type, custom: kind === 'grammar' ? { ...described, format: { type: kind, grammar } } : described }
}

function withoutNull(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

/** Undefined for one that chat completions don't know. */
function toChatToolChoice(choice: unknown): unknown {
  const { type, name, ...rest } = asObject(choice) ?? {}
  if (type === undefined) return choice ?? null
  if (type === 'function' || type === 'custom') return { type, [String(type)]: { name } }
  if (type !== 'allowed_tools') return undefined
  const tools = Array.isArray(rest['tools']) ? rest['tools'].map(toChatToolChoice) : []
  return { type, allowed_tools: { mode: rest['mode'], tools } }
}

function formatOf(text: ResponsesRequest['text']): Json {
  const { type, ...described } = asObject(text?.format) ?? {}
  return {
    ...(type === undefined || type === 'text'
      ? {}
      : { response_format: type === 'json_schema' ? { type, json_schema: described } : { type, ...described } }),
    ...(text?.verbosity ? { verbosity: text.verbosity } : {}),
  }
}

function logprobsOf(body: ResponsesRequest): Json {
  const { include } = body
  const isWanted =
    Boolean(body.top_logprobs) || (Array.isArray(include) && include.includes('message.output_text.logprobs'))
  return isWanted ? { logprobs: true, ...pick(body, ['top_logprobs']) } : {}
}

/** As it came, but for what other formats' providers have left in it, and options of reasoning that only the gateway knows. */
function toNative(bytes: Buffer, body: ResponsesRequest): string {
  const own = new Set(OWN_FIELDS)
  const changed: Json = {}
  const reasoning = nativeReasoning(body.reasoning)
  if (reasoning !== body.reasoning) changed['reasoning'] = reasoning
  const input = Array.isArray(body.input) ? nativeItems(body.input) : body.input
  if (input !== body.input) changed['input'] = input
  for (const name of Object.keys(changed)) own.add(name)
  const kept = withoutFields(bytes.toString('utf8'), body, own)
  const anew = JSON.stringify(changed)
  if (anew === '{}') return kept
  return kept === '{}' ? anew : `${anew.slice(0, -1)},${kept.slice(1)}`
}

function nativeReasoning(reasoning: ResponsesRequest['reasoning']): ResponsesRequest['reasoning'] {
  if (!reasoning || !['enabled', 'max_tokens', 'exclude'].some((name) => name in reasoning)) return reasoning
  const { enabled, max_tokens: maxTokens, exclude: _exclude, ...rest } = reasoning
  if (rest.effort) return rest
  if (enabled === false) return { ...rest, effort: 'none' }
  return enabled === true || maxTokens ? { ...rest, effort: 'medium' } : rest
}

/** Reasoning that was answered here says which format it is of: other providers' stays here, and its own goes without that. Marks of
 *  what may be cached are not of this format. */
function nativeItems(items: readonly ResponsesItem[]): readonly ResponsesItem[] {
  if (!items.some((item) => isForeign(item) || isMarked(item))) return items
  return items.flatMap((item): ResponsesItem[] => {
    if (item.type !== 'reasoning') return [isMarked(item) ? withoutMarks(item) : item]
    const { format, signature: _signature, ...rest } = item
    const isOwn = asText(format)?.endsWith('responses-v1') ?? true
    return isOwn && (!isForeign(item) || asText(item['encrypted_content']) !== null) ? [rest] : []
  })
}

function isForeign(item: ResponsesItem): boolean {
  return item.type === 'reasoning' && ('format' in item || 'signature' in item)
}

function isMarked({ content }: ResponsesItem): boolean {
  return Array.isArray(content) && content.some((part) => 'cache_control' in part)
}

function withoutMarks(item: ResponsesItem): ResponsesItem {
  const parts = Array.isArray(item.content) ? item.content : []
  return { ...item, content: parts.map(({ cache_control: _marker, ...part }) => part) }
}
