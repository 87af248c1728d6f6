import type { Endpoint } from '../../domain/catalogue.ts'
import { asNumber, definedOnly } from '../chat-fields.ts'
import type { ChatPayload } from '../chat-request.ts'
import type { EncodedRequest, EncodeOptions } from '../dialect.ts'
import { hashUser } from '../end-user.ts'
import { asCount, asObject } from '../json-fields.ts'
import { joinObjects } from '../raw-fields.ts'
import { readReasoningWish } from '../reasoning-wish.ts'
import { tierToAsk } from '../service-tier.ts'
import { encodeMessages, mayThink } from './encode-messages.ts'
import { encodeThinking } from './encode-thinking.ts'
import { encodeToolChoice, encodeTools, isForced } from './encode-tools.ts'
import { ADAPTIVE_SINCE, claudeVersion, samplersFor, UNSAMPLED_SINCE } from './version.ts'

const API_VERSION = '2023-06-01'
/** The format demands a bound of the output: this one, where neither the caller nor the model's entry has any. No model of this
 *  format allows less. */
const OUTPUT_TOKENS_DEFAULT = 4_096
/** While the model thinks, a smaller share of its choices is refused. */
const THINKING_TOP_P_MIN = 0.95

/** The request for one endpoint, headers built from scratch. What came in this format goes on as it came, but for what the gateway
 *  says itself: model, bound of the output, end user and stream. */
export function encodeMessagesRequest(
  payload: ChatPayload,
  endpoint: Endpoint,
  { cappedTokens, organizationId }: EncodeOptions,
): EncodedRequest {
  const outputMax = Math.min(
    cappedTokens ?? payload.outputBound ?? endpoint.maxCompletionTokens ?? OUTPUT_TOKENS_DEFAULT,
    endpoint.maxCompletionTokens ?? Number.POSITIVE_INFINITY,
  )
  const own: Record<string, unknown> = { model: endpoint.upstreamId, max_tokens: outputMax }
  if (payload.user !== null) own['metadata'] = { user_id: hashUser(organizationId, payload.user) }
  const tier = encodeTier(tierToAsk(payload, endpoint))
  if (tier !== undefined) own['service_tier'] = tier
  if (payload.isStream) own['stream'] = true
  const fields = nativeFields(payload, outputMax) ?? translate(payload, endpoint, outputMax)
  return { path: '/messages', headers: headersFor(payload, endpoint), body: joinObjects(JSON.stringify(own), fields) }
}

/** What is served before others is so by the capacity that was bought for it, where that suffices. */
function encodeTier(tier: string | undefined): string | undefined {
  if (tier === 'auto' || tier === 'priority') return 'auto'
  return tier === 'default' || tier === 'standard_only' ? 'standard_only' : undefined
}

function headersFor(payload: ChatPayload, { provider }: Endpoint): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: payload.isStream ? 'text/event-stream' : 'application/json',
    'user-agent': 'switchyard',
    'anthropic-version': API_VERSION,
    ...(payload.anthropicBeta !== null && { 'anthropic-beta': payload.anthropicBeta }),
    ...(provider.apiKey !== null && { 'x-api-key': provider.apiKey }),
  }
}

/** What came in this format; undefined where it must be written anew, because no room is left for the thoughts that it asks for. */
function nativeFields({ native, reasoning }: ChatPayload, outputMax: number): string | Buffer | undefined {
  if (native?.dialect !== 'anthropic' || (asCount(reasoning?.['max_tokens']) ?? 0) >= outputMax) return undefined
  return native.passedOn
}

function translate(payload: ChatPayload, endpoint: Endpoint, outputMax: number): string {
  const request = JSON.parse(String(payload.passedOn)) as Record<string, unknown>
  const { system, turns } = encodeMessages(request['messages'])
  const version = claudeVersion(endpoint.upstreamId)
  const choice = encodeToolChoice(request)
  // A model that is told which tool to call can't think before; older ones can't begin to while tools answer.
  const isThoughtless = isForced(choice) || (version < ADAPTIVE_SINCE && !mayThink(turns))
  const { thinking, effort } = isThoughtless ? {} : encodeThinking(readReasoningWish(payload), { version, outputMax })
  const outputConfig = encodeOutputConfig(request, endpoint, effort)
  const tools = encodeTools(request['tools'], payload.anthropicBeta)
  const stops = encodeStops(request['stop'])
  const marker = asObject(request['cache_control'])
  return JSON.stringify({
    ...(system.length > 0 && { system }),
    messages: turns,
    ...(tools.length > 0 && { tools, ...(choice !== undefined && { tool_choice: choice }) }),
    ...(version < UNSAMPLED_SINCE && encodeSampling(request, version, thinking !== undefined)),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...(thinking !== undefined && { thinking }),
    ...(outputConfig !== undefined && { output_config: outputConfig }),
    ...(marker !== undefined && { cache_control: marker }),
  })
}

/** A model that thinks takes no temperature; chats may name up to 2, where this format ends at 1. */
function encodeSampling(
  request: Record<string, unknown>,
  version: number,
  isThinking: boolean,
): Record<string, unknown> {
  const { top_k: topK } = request
  const [temperature, topP] = [asNumber(request['temperature']), asNumber(request['top_p'])]
  if (isThinking) return definedOnly({ top_p: topP !== undefined && topP >= THINKING_TOP_P_MIN ? topP : undefined })
  const drawn = samplersFor(version, { temperature, topP })
  return definedOnly({
    top_p: drawn.topP,
    temperature: drawn.temperature === undefined ? undefined : Math.min(drawn.temperature, 1),
    top_k: typeof topK === 'number' && topK > 0 ? topK : undefined,
  })
}

function encodeStops(stop: unknown): string[] {
  const stops = Array.isArray(stop) ? stop : [stop]
  return stops.filter((text): text is string => typeof text === 'string' && text.trim() !== '')
}

function encodeOutputConfig(
  request: Record<string, unknown>,
  { supportedParameters }: Endpoint,
  thinkingEffort: string | undefined,
): Record<string, unknown> | undefined {
  const format = asObject(request['response_format'])
  const schema = format?.['type'] === 'json_schema' ? asObject(format['json_schema'])?.['schema'] : undefined
  const { verbosity } = request
  const isVerbositySent = typeof verbosity === 'string' && supportedParameters.includes('verbosity')
  const effort = thinkingEffort ?? (isVerbositySent ? verbosity : undefined)
  if (schema === undefined && effort === undefined) return undefined
  return {
    ...(effort !== undefined && { effort }),
    ...(schema !== undefined && { format: { type: 'json_schema', schema } }),
  }
}
