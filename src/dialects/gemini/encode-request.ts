import type { Endpoint } from '../../domain/catalogue.ts'
import {
  asNumber,
  definedOnly,
  readChatFields,
  readJsonFormat,
  readStops,
  readToolChoice,
  readTools,
} from '../chat-fields.ts'
import type { ChatPayload } from '../chat-request.ts'
import { readTurns } from '../chat-turns.ts'
import type { EncodedRequest, EncodeOptions } from '../dialect.ts'
import { asCount, lookUp } from '../json-fields.ts'
import { type ReasoningWish, readReasoningWish, reasoningBudget } from '../reasoning-wish.ts'
import { tierToAsk } from '../service-tier.ts'
import { encodeSchema } from './encode-schema.ts'
import { encodeTurns } from './encode-turns.ts'

type Fields = Record<string, unknown>

const STOPS_MAX = 5
/** What all thinking models of this family may think at most, and the least that those may which can't be told not to. */
const BUDGET_MAX = 24_576
const BUDGET_MIN = 128
/** From the third generation on efforts are told by name, and calls must be signed. */
const BY_LEVEL = /gemini-(?:[3-9]|[1-9]\d)/
const MODALITIES: Readonly<Record<string, string>> = { text: 'TEXT', image: 'IMAGE', audio: 'AUDIO' }

/** Parameters that the format has no words for are left away. */
export function encodeGeminiRequest(payload: ChatPayload, endpoint: Endpoint, options: EncodeOptions): EncodedRequest {
  const fields = readChatFields(payload)
  const isByLevel = BY_LEVEL.test(endpoint.upstreamId)
  const body = definedOnly({
    ...encodeTurns(readTurns(fields['messages']), isByLevel),
    ...encodeTools(fields),
    generationConfig: encodeConfig(fields, payload, { endpoint, options, isByLevel }),
    serviceTier: encodeTier(tierToAsk(payload, endpoint)),
  })
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: payload.isStream ? 'text/event-stream' : 'application/json',
    'user-agent': 'switchyard',
  }
  const { apiKey } = endpoint.provider
  if (apiKey !== null) headers['x-goog-api-key'] = apiKey
  const method = payload.isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return { path: `/models/${encodeModel(endpoint.upstreamId)}:${method}`, headers, body: JSON.stringify(body) }
}

/** Undefined for what it has no word for. */
function encodeTier(tier: string | undefined): string | undefined {
  if (tier === 'default') return 'standard'
  return tier === 'flex' || tier === 'priority' ? tier : undefined
}

/** Tuned models are `tunedModels/name` at the provider, which stays a path. */
function encodeModel(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/')
}

function encodeTools(fields: Fields): Fields {
  const tools = readTools(fields['tools'])
  if (tools.length === 0) return {}
  const functionDeclarations = tools.map(({ name, description, parameters }, at) =>
    definedOnly({
      name,
      description: description ?? undefined,
      // An object without properties is no schema to it.
      parameters: hasProperties(parameters) ? encodeSchema(parameters, `tools.${at}.function.parameters`) : undefined,
    }),
  )
  const choice = readToolChoice(fields['tool_choice'])
  if (choice === null) return { tools: [{ functionDeclarations }] }
  const mode = { auto: 'AUTO', none: 'NONE', required: 'ANY', named: 'ANY' }[choice.mode]
  const functionCallingConfig = choice.mode === 'named' ? { mode, allowedFunctionNames: [choice.name] } : { mode }
  return { tools: [{ functionDeclarations }], toolConfig: { functionCallingConfig } }
}

function hasProperties(schema: Fields | null): schema is Fields {
  if (schema === null) return false
  const { properties } = schema as { properties?: object }
  return schema['type'] !== 'object' || (typeof properties === 'object' && Object.keys(properties ?? {}).length > 0)
}

interface Target {
  endpoint: Endpoint
  options: EncodeOptions
  isByLevel: boolean
}

function encodeConfig(fields: Fields, payload: ChatPayload, target: Target): Fields | undefined {
  const bound = target.options.cappedTokens ?? payload.outputBound
  const format = readJsonFormat(fields['response_format'])
  const stops = readStops(fields['stop'])
  const choices = asCount(fields['n'])
  const wish = readReasoningWish(payload)
  const config = definedOnly({
    temperature: asNumber(fields['temperature']),
    topP: asNumber(fields['top_p']),
    topK: asCount(fields['top_k']) || undefined,
    presencePenalty: asNumber(fields['presence_penalty']),
    frequencyPenalty: asNumber(fields['frequency_penalty']),
    seed: asNumber(fields['seed']),
    candidateCount: choices !== undefined && choices > 1 ? choices : undefined,
    maxOutputTokens: bound || undefined,
    stopSequences: stops.length > 0 ? stops.slice(0, STOPS_MAX) : undefined,
    responseMimeType: format === null ? undefined : 'application/json',
    responseSchema: format?.schema ? encodeSchema(format.schema, 'response_format.json_schema.schema') : undefined,
    responseLogprobs: fields['logprobs'] === true ? true : undefined,
    logprobs: fields['logprobs'] === true ? asCount(fields['top_logprobs']) : undefined,
    responseModalities: encodeModalities(fields['modalities']),
    thinkingConfig: wish === null ? undefined : encodeThinking(wish, bound, target),
  })
  return Object.keys(config).length > 0 ? config : undefined
}

function encodeModalities(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const known = value.flatMap((name) => lookUp(MODALITIES, name) ?? [])
  return known.length > 0 ? known : undefined
}

function encodeThinking(wish: ReasoningWish, bound: number | null, { endpoint, isByLevel }: Target): Fields {
  const isPro = endpoint.upstreamId.includes('pro')
  if (isByLevel && (wish.maxTokens === null || !wish.isOn)) {
    return { includeThoughts: wish.isOn && wish.isShown, thinkingLevel: levelOf(wish, isPro) }
  }
  // Models of this name can't be told not to think at all.
  if (!wish.isOn) return { includeThoughts: false, thinkingBudget: isPro ? BUDGET_MIN : 0 }
  const budget = reasoningBudget(wish, bound ?? endpoint.maxCompletionTokens ?? BUDGET_MAX)
  return {
    includeThoughts: wish.isShown,
    thinkingBudget: Math.min(Math.max(budget, BUDGET_MIN), BUDGET_MAX),
  }
}

function levelOf({ isOn, effort }: ReasoningWish, isPro: boolean): string {
  const least = isPro ? 'low' : 'minimal'
  if (!isOn || effort === 'minimal') return least
  if (effort === 'low') return 'low'
  if (effort === 'medium') return 'medium'
  return 'high'
}
