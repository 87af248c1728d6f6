import type { Endpoint } from '../../domain/catalogue.ts'
import { authorizationOf, azurePath } from '../azure.ts'
import type { ChatPayload } from '../chat-request.ts'
import { conversationHeader } from '../conversation-header.ts'
import type { EncodedRequest, EncodeOptions } from '../dialect.ts'
import { hashUser } from '../end-user.ts'
import { asObject, asText } from '../json-fields.ts'
import { joinObjects } from '../raw-fields.ts'
import { tierToAsk } from '../service-tier.ts'
import { pick, toInput } from './encode-input.ts'

type Json = Record<string, unknown>

/** What means the same in both formats. */
const SHARED_FIELDS = [
  'temperature',
  'top_p',
  'top_logprobs',
  'parallel_tool_calls',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
]

/** The request for one endpoint: as it came where the client speaks this format, else translated. Nothing is to be stored at the
 *  provider. Fields of the chat format that have no counterpart are left out, as the wire has it. */
export function encodeResponsesRequest(
  payload: ChatPayload,
  endpoint: Endpoint,
  options: EncodeOptions,
): EncodedRequest {
  const own: Json = { model: endpoint.upstreamId, store: false }
  const bound = options.cappedTokens ?? payload.outputBound
  if (bound) own['max_output_tokens'] = bound
  const tier = tierToAsk(payload, endpoint)
  if (tier !== undefined) own['service_tier'] = tier
  if (payload.user !== null) own['user'] = hashUser(options.organizationId, payload.user)
  if (payload.isStream) own['stream'] = true
  const body =
    payload.native?.dialect === 'openai-responses'
      ? joinObjects(JSON.stringify(own), payload.native.passedOn)
      : JSON.stringify({ ...own, ...translate(payload, endpoint) })
  const path = endpoint.provider.azure === undefined ? '/responses' : azurePath(endpoint, '/responses', true)
  return { path, headers: headersOf(payload, endpoint, options), body }
}

function headersOf(payload: ChatPayload, { provider }: Endpoint, options: EncodeOptions): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: payload.isStream ? 'text/event-stream' : 'application/json',
    'user-agent': 'switchyard',
    ...conversationHeader(provider, payload, options),
    ...authorizationOf(provider),
  }
}

function translate(payload: ChatPayload, endpoint: Endpoint): Json {
  const chat = JSON.parse(payload.passedOn.toString()) as Json
  const { instructions, input } = toInput(chat['messages'])
  const reasoning = reasoningOf(payload)
  const include = includeOf(chat, endpoint, reasoning)
  const tools = Array.isArray(chat['tools']) ? chat['tools'].map(toTool) : []
  return {
    ...(instructions === null ? {} : { instructions }),
    input,
    ...withoutNull(pick(chat, SHARED_FIELDS)),
    ...(tools.length === 0 ? {} : { tools }),
    ...(chat['tool_choice'] ? { tool_choice: toToolChoice(chat['tool_choice']) } : {}),
    ...textOf(chat),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(include.length === 0 ? {} : { include }),
  }
}

function withoutNull(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

/** Functions lie flat, and are strict unless it is said that they aren't, which is the other way round in the chat format. */
function toTool(value: unknown): unknown {
  const tool = asObject(value)
  const named = asObject(tool?.['function'])
  if (named !== undefined) {
    const parameters = named['parameters'] ?? { type: 'object', properties: {} }
    return { type: 'function', ...pick(named, ['name', 'description']), parameters, strict: named['strict'] ?? false }
  }
  const custom = asObject(tool?.['custom'])
  if (custom === undefined) return value
  const format = asObject(custom['format'])
  const flat = asObject(format?.['grammar'])
  return { type: 'custom', ...custom, ...(flat === undefined ? {} : { format: { type: 'grammar', ...flat } }) }
}

function toToolChoice(value: unknown): unknown {
  const choice = asObject(value)
  if (choice === undefined) return value
  const allowed = asObject(choice['allowed_tools'])
  if (allowed !== undefined) {
    const tools = Array.isArray(allowed['tools']) ? allowed['tools'].map(toToolChoice) : []
    return { type: 'allowed_tools', mode: allowed['mode'], tools }
  }
  const named = asObject(choice['function']) ?? asObject(choice['custom'])
  return named === undefined ? choice : { type: choice['type'], name: named['name'] }
}

function textOf(chat: Json): Json {
  const format = asObject(chat['response_format'])
  const schema = asObject(format?.['json_schema'])
  const wanted =
    schema === undefined
      ? format
      : { type: 'json_schema', ...pick(schema, ['name', 'description', 'strict']), schema: schema['schema'] ?? {} }
  const text = {
    ...(wanted === undefined ? {} : { format: wanted }),
    ...(chat['verbosity'] ? { verbosity: chat['verbosity'] } : {}),
  }
  return Object.keys(text).length === 0 ? {} : { text }
}

/** A summary is asked for where the caller asks for reasoning in the wire's own way, and doesn't exclude it from the answer. */
function reasoningOf({ reasoning, reasoningEffort }: ChatPayload): Json | undefined {
  const effort = asText(reasoningEffort) ?? impliedEffort(reasoning)
  if (effort === null && !reasoning) return undefined
  const summary = reasoning?.['summary'] ?? (reasoning && reasoning['exclude'] !== true ? 'auto' : undefined)
  const isShown = effort !== 'none' && summary !== undefined && summary !== null
  return { ...(effort === null ? {} : { effort }), ...(isShown ? { summary } : {}) }
}

/** There is no budget of tokens in this format. */
function impliedEffort(reasoning: ChatPayload['reasoning']): string | null {
  if (reasoning?.['enabled'] === false) return 'none'
  return reasoning?.['enabled'] === true || typeof reasoning?.['max_tokens'] === 'number' ? 'medium' : null
}

/** What the next request must bring back, because nothing is stored. Models that don't reason refuse to be asked for it. */
function includeOf(chat: Json, { supportedParameters }: Endpoint, reasoning: Json | undefined): string[] {
  const isReasoning =
    reasoning === undefined ? supportedParameters.includes('reasoning') : reasoning['effort'] !== 'none'
  return [
    ...(isReasoning ? ['reasoning.encrypted_content'] : []),
    ...(chat['logprobs'] === true ? ['message.output_text.logprobs'] : []),
  ]
}
