import type { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import { MessageParam, MessagesRequest } from '../../contract/inference/messages.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import type { ChatRequest } from '../chat-request.ts'
import { GATEWAY_FIELDS, ownFields } from '../gateway-fields.ts'
import { asObject } from '../json-fields.ts'
import { OF_CALLERS, toChatRequest } from '../openai-chat/parse-request.ts'
import { withoutFields } from '../raw-fields.ts'
import { readRequestBody, requireShape } from '../request-body.ts'
import { requirePriced } from '../unpriced-fields.ts'
import { effortOfShare } from './encode-thinking.ts'
import { toChatMessages } from './to-chat-messages.ts'

/** It looks for tools among those of the request, and costs nothing. */
const SEARCH_OF_TOOLS = /^tool_search_tool_(regex|bm25)(_\d{8})?$/

const OWN_FIELDS = ownFields(['fallbacks', 'max_tokens'])

/** What means the same in a chat, by the same name. */
const SHARED_FIELDS = [
  ...GATEWAY_FIELDS,
  'model',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'cache_control',
] as const

/** From this size on messages are checked one by one first. */
const PRECHECKED_BYTES = 65_536

/** `presets`: those of the workspace; null for none. Throws `invalid_request` naming the first bad field, `not_found` for a
 *  preset that isn't among them. */
export function parseMessagesRequest(sent: Buffer, presets: PresetBook | null): ChatRequest {
  const { value, bytes, presetHash } = readRequestBody(sent, presets, 'messages')
  const fields = asObject(value) ?? {}
  if (bytes.length > PRECHECKED_BYTES) requireGoodMessages(fields['messages'])
  const request = requireShape(MessagesRequest, value)
  requirePriced(request, 'messages')
  const chat = toChatRequest(toChatBody(request), bytes.length)
  const { service_tier: serviceTier } = request
  const native = hasUnsignedThoughts(request)
    ? null
    : ({ dialect: 'anthropic', passedOn: withoutFields(bytes.toString('utf8'), fields, OWN_FIELDS) } as const)
  return {
    ...chat,
    presetHash,
    ...(request['speed'] === 'fast' && native !== null && { isFast: true }),
    payload: { ...chat.payload, native, translatedFrom: 'anthropic', ...(serviceTier && { serviceTier }) },
  }
}

/** The checker keeps an issue for each bad element; a large body could hold so many that they take seconds and the memory. */
function requireGoodMessages(messages: unknown): void {
  for (const [index, message] of (Array.isArray(messages) ? messages : []).entries()) {
    requireShape(MessageParam, message, ['messages', index])
  }
}

function toChatBody(request: MessagesRequest): ChatCompletionRequest {
  const body: Record<string, unknown> = {}
  for (const name of SHARED_FIELDS) if (request[name] !== undefined) body[name] = request[name]
  const { fallbacks, models, output_config: output, stop_sequences: stop, tool_choice: choice, tools, user } = request
  const others = (models ?? []).concat((fallbacks ?? []).map(({ model }) => model))
  const endUser = user ?? request.metadata?.user_id
  const reasoning = toReasoning(request)
  if (others.length > 0) body['models'] = others
  if (endUser) body['user'] = endUser
  if (stop && stop.length > 0) body['stop'] = stop
  if (tools && tools.length > 0) body['tools'] = tools.map(toTool)
  if (choice) Object.assign(body, toToolChoice(choice))
  if (output?.format) body['response_format'] = toResponseFormat(output.format.schema)
  if (reasoning !== undefined) body['reasoning'] = reasoning
  return { ...body, messages: toChatMessages(request.system, request.messages) } as ChatCompletionRequest
}

function toResponseFormat(schema: unknown): unknown {
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } }
}

function toReasoning({ thinking, output_config: output, max_tokens: max }: MessagesRequest) {
  if (thinking?.type === 'disabled') return { enabled: false }
  const effort = output?.effort
  const budget = thinking?.budget_tokens
  if (budget !== undefined) return { max_tokens: budget, effort: effort ?? effortOfShare(max ? budget / max : 0) }
  if (effort) return { effort }
  return thinking ? { enabled: true } : undefined
}

/** Tools of the provider's make that the caller runs stay as they are. Throws `invalid_request` for those that a provider runs: what
 *  they cost is in no price here. */
function toTool(tool: Record<string, unknown>, at: number): unknown {
  const { type, name, description, input_schema: parameters, strict, cache_control: marker } = tool
  if (type !== undefined && type !== null && type !== 'custom') {
    if (typeof type === 'string' && (OF_CALLERS.test(type) || SEARCH_OF_TOOLS.test(type))) return tool
    throw new AppError('invalid_request', `tools.${at}.type: tools that a provider runs have no price here`)
  }
  const known = { name, ...(description !== undefined && { description }), parameters }
  return {
    type: 'function',
    function: { ...known, ...(typeof strict === 'boolean' && { strict }) },
    ...(marker !== undefined && marker !== null && { cache_control: marker }),
  }
}

function toToolChoice({ type, name, disable_parallel_tool_use: isAlone }: NonNullable<MessagesRequest['tool_choice']>) {
  const named = { type: 'function', function: { name } }
  const choice = type === 'tool' ? named : type
  return {
    tool_choice: choice === 'any' ? 'required' : choice,
    ...(isAlone === true && { parallel_tool_calls: false }),
  }
}

/** Thoughts of other models, which no provider of this format takes; written anew, the request is without them. */
function hasUnsignedThoughts({ messages }: MessagesRequest): boolean {
  return messages.some(
    ({ content }) =>
      typeof content !== 'string' && content.some((block) => block.type === 'thinking' && !block['signature']),
  )
}
