import type { Endpoint } from '../../domain/catalogue.ts'
import { encodeStrictly } from '../../platform/aws-signature.ts'
import { encodeThinking as encodeClaudesThinking } from '../anthropic/encode-thinking.ts'
import { ADAPTIVE_SINCE, claudeVersion, samplersFor } from '../anthropic/version.ts'
import {
  asNumber,
  definedOnly,
  readChatFields,
  readJsonFormat,
  readStops,
  readToolChoice,
  readTools,
  type ToolChoice,
} from '../chat-fields.ts'
import type { ChatPayload } from '../chat-request.ts'
import { type ChatTurn, readCacheMarker, readTurns } from '../chat-turns.ts'
import type { EncodedRequest, EncodeOptions } from '../dialect.ts'
import { asCount } from '../json-fields.ts'
import { type ReasoningWish, readReasoningWish, reasoningBudget } from '../reasoning-wish.ts'
import { tierToAsk } from '../service-tier.ts'
import { cachePoint, encodeTurns } from './encode-turns.ts'

type Fields = Record<string, unknown>

const THINKING_MIN = 1_024
const THINKING_MAX = 32_000
/** Of the answer, beside what is thought. */
const ANSWER_MIN = 256
const OUTPUT_UNKNOWN = 16_384

/** Parameters that the format has no words for are left away. Not signed: see `sign-request.ts`. */
export function encodeBedrockRequest(payload: ChatPayload, endpoint: Endpoint, options: EncodeOptions): EncodedRequest {
  const fields = readChatFields(payload)
  const turns = readTurns(fields['messages'])
  const { messages, system } = encodeTurns(turns)
  const whole = readCacheMarker(fields['cache_control'])
  if (whole !== null) messages.at(-1)?.content.push(cachePoint(whole))
  const bound = options.cappedTokens ?? payload.outputBound
  const thinking = encodeThinking(readReasoningWish(payload), bound, endpoint)
  const body = definedOnly({
    messages,
    system: system.length > 0 ? system : undefined,
    inferenceConfig: encodeConfig(fields, bound, { endpoint, isThinking: thinking !== undefined }),
    toolConfig: encodeTools(fields, turns, thinking !== undefined),
    serviceTier: encodeTier(tierToAsk(payload, endpoint)),
    outputConfig: encodeFormat(fields['response_format']),
    additionalModelRequestFields: encodeMore(fields, thinking),
  })
  const method = payload.isStream ? 'converse-stream' : 'converse'
  const headers = {
    'content-type': 'application/json',
    accept: payload.isStream ? 'application/vnd.amazon.eventstream' : 'application/json',
    'user-agent': 'switchyard',
  }
  return { path: `/model/${encodeStrictly(endpoint.upstreamId)}/${method}`, headers, body: JSON.stringify(body) }
}

function encodeConfig(
  fields: Fields,
  bound: number | null,
  { endpoint, isThinking }: { endpoint: Endpoint; isThinking: boolean },
): Fields | undefined {
  const stops = readStops(fields['stop'])
  const [temperature, topP] = [asNumber(fields['temperature']), asNumber(fields['top_p'])]
  const config = definedOnly({
    maxTokens: bound || undefined,
    // Who thinks takes the usual ones alone.
    ...(isThinking ? {} : samplersFor(claudeVersion(endpoint.upstreamId), { temperature, topP })),
    stopSequences: stops.length > 0 ? stops : undefined,
  })
  return Object.keys(config).length > 0 ? config : undefined
}

/** Calls in the conversation need tools that were called, even when none may be any more. */
function encodeTools(fields: Fields, turns: readonly ChatTurn[], isThinking: boolean): Fields | undefined {
  const choice = readToolChoice(fields['tool_choice'])
  const tools = readTools(fields['tools'])
  const called = new Set(turns.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name)))
  if (choice?.mode === 'none' && called.size === 0) return undefined
  const known = new Set(tools.map(({ name }) => name))
  const specs: Fields[] = tools.flatMap(({ name, description, parameters, cacheControl }) => {
    const spec = {
      toolSpec: definedOnly({
        name,
        description: description || undefined,
        inputSchema: { json: parameters ?? { type: 'object' } },
      }),
    }
    const marker = readCacheMarker(cacheControl)
    return marker === null ? [spec] : [spec, cachePoint(marker)]
  })
  for (const name of called) {
    if (!known.has(name)) specs.push({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } })
  }
  if (specs.length === 0) return undefined
  return definedOnly({ tools: specs, toolChoice: encodeChoice(choice, isThinking) })
}

/** Who thinks can't be made to call. */
function encodeChoice(choice: ToolChoice | null, isThinking: boolean): Fields | undefined {
  if (choice === null || choice.mode === 'none') return undefined
  if (choice.mode === 'auto' || isThinking) return { auto: {} }
  return choice.mode === 'named' ? { tool: { name: choice.name } } : { any: {} }
}

function encodeTier(value: unknown): Fields | undefined {
  if (value === 'priority' || value === 'fast') return { type: 'priority' }
  return value === 'flex' || value === 'default' ? { type: value } : undefined
}

function encodeFormat(value: unknown): Fields | undefined {
  const format = readJsonFormat(value)
  if (format === null || format.schema === null) return undefined
  const jsonSchema = definedOnly({
    name: format.name,
    description: format.description ?? undefined,
    schema: JSON.stringify(format.schema),
  })
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } }
}

/** What Converse leaves to each family of models. */
function encodeMore(fields: Fields, thinking: Fields | undefined): Fields | undefined {
  const topK = thinking === undefined ? asCount(fields['top_k']) : undefined
  const more = definedOnly({ ...thinking, top_k: topK || undefined })
  return Object.keys(more).length > 0 ? more : undefined
}

function encodeThinking(wish: ReasoningWish | null, bound: number | null, endpoint: Endpoint): Fields | undefined {
  if (wish === null || !wish.isOn) return undefined
  const id = endpoint.upstreamId
  if (id.includes('nova-2')) return { reasoningConfig: { type: 'enabled', maxReasoningEffort: threeEfforts(wish) } }
  if (id.includes('gpt-oss')) return { reasoning_effort: threeEfforts(wish) }
  if (!id.includes('anthropic.')) return undefined
  const outputMax = bound ?? endpoint.maxCompletionTokens ?? OUTPUT_UNKNOWN
  const version = claudeVersion(id)
  if (version >= ADAPTIVE_SINCE) {
    const { thinking, effort } = encodeClaudesThinking(wish, { version, outputMax })
    return definedOnly({ thinking, output_config: effort === undefined ? undefined : { effort } })
  }
  const room = outputMax - ANSWER_MIN
  // Too little to think in: an answer without thoughts is better than none.
  if (room < THINKING_MIN) return undefined
  const budget = Math.min(Math.max(reasoningBudget(wish, outputMax), THINKING_MIN), THINKING_MAX, room)
  return { thinking: { type: 'enabled', budget_tokens: budget } }
}

function threeEfforts({ effort }: ReasoningWish): string {
  if (effort === 'minimal' || effort === 'low') return 'low'
  return effort === 'medium' || effort === null ? 'medium' : 'high'
}
