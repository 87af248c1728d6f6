import { ChatCompletionRequest, ChatMessage } from '../../contract/inference/chat-completions.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import { requireOffered } from '../../domain/plugins.ts'
import type { RequestNeeds } from '../../domain/routing/constraints.ts'
import { featuresOf, parametersOf } from '../../domain/supported-parameters.ts'
import type { ChatRequest, RequestExtras } from '../chat-request.ts'
import { asObject } from '../json-fields.ts'
import { MEDIUM_TOKENS } from '../media-tokens.ts'
import { readRequestBody, requireShape } from '../request-body.ts'
import { requirePriced } from '../unpriced-fields.ts'
import { countMedia, type Media } from './count-media.ts'
import { toChatPayload } from './encode-request.ts'

const NO_PARAMETERS: readonly string[] = []

/** From this size on messages are checked one by one first. */
const PRECHECKED_BYTES = 65_536

/** Tools that the caller runs: its own, and some of Anthropic's make. */
export const OF_CALLERS = /^(function|custom|(bash|text_editor|computer|memory)_\d{8})$/

/** More than tokens have on average even of one letter again and again. */
const CHARACTERS_PER_TOKEN_MAX = 16

/** `presets`: those of the workspace; null for none. Throws `invalid_request` naming the first bad field, `not_found` for a
 *  preset that isn't among them. */
export function parseChatRequest(sent: Buffer, presets: PresetBook | null): ChatRequest {
  const { value, bytes, presetHash } = readRequestBody(sent, presets, 'chat')
  if (bytes.length > PRECHECKED_BYTES) requireGoodMessages(value)
  const body = requireShape(ChatCompletionRequest, value)
  requireCallersTools(body['tools'])
  const request = toChatRequest(body, bytes.length)
  request.presetHash = presetHash
  return request
}

/** Throws `invalid_request` for tools that a provider runs: what they cost is in no price here. */
export function requireCallersTools(tools: unknown): void {
  for (const [at, tool] of (Array.isArray(tools) ? tools : []).entries()) {
    const type = asObject(tool)?.['type'] ?? 'function'
    if (typeof type !== 'string' || !OF_CALLERS.test(type))
      throw new AppError('invalid_request', `tools.${at}.type: tools that a provider runs have no price here`)
  }
}

/** `bodyBytes`: the length of the body that it came in, in whichever format. */
export function toChatRequest(body: ChatCompletionRequest, bodyBytes: number): ChatRequest {
  requireOneOutputBound(body)
  requirePriced(body, 'chat')
  const media = countMedia(body)
  return {
    payload: toChatPayload(body),
    provider: body.provider ?? null,
    sessionId: body.session_id ?? null,
    ...(body.trace && { trace: body.trace }),
    models: modelsOf(body),
    ...(asksForPictures(body['modalities']) && { wantsPictures: true }),
    inputTokens: bodyBytes + media.total * MEDIUM_TOKENS,
    images: media.images,
    ...(media.documentTokens > 0 && { documentTokens: media.documentTokens }),
    ...(media.hasLinkedFiles && { hasLinkedFiles: true }),
    hasTokenIds: false,
    mediaParts: media.total,
    choices: body.n ?? 1,
    ...predictedOf(body['prediction']),
    requestedTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
    parameters: body.provider?.require_parameters === true ? parametersOf(body) : NO_PARAMETERS,
    needs: needsOf(body, media),
    route: body.route ?? null,
    cacheKey: typeof body['prompt_cache_key'] === 'string' ? body['prompt_cache_key'] : null,
    opening: body.messages,
    presetHash: null,
    nativeOnly: null,
    echo: null,
    extras: extrasOf(body),
    wantsJson: body.stream !== true && isJsonFormat(body['response_format']),
  }
}

function modelsOf({ model, models }: ChatCompletionRequest): string[] {
  return [...new Set([...(model ? [model] : []), ...(models ?? [])])]
}

function asksForPictures(modalities: unknown): boolean {
  return Array.isArray(modalities) && modalities.includes('image')
}

function needsOf(body: ChatCompletionRequest, { kinds, textLength }: Media): RequestNeeds {
  return {
    leastInputTokens: Math.floor(textLength / CHARACTERS_PER_TOKEN_MAX),
    requestedTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
    features: featuresOf(body),
    modalities: kinds,
  }
}

function extrasOf(body: ChatCompletionRequest): RequestExtras | null {
  const { cache_enabled: isCached, cache_ttl_seconds: ttl, debug, plugins, stream, transforms } = body
  if (!(debug || plugins || transforms || ttl) && typeof isCached !== 'boolean') return null
  requireOffered(plugins ?? [])
  return {
    plugins: plugins ?? null,
    transforms: transforms ?? null,
    echoesUpstream: stream === true && debug?.echo_upstream_body === true,
    caching: { enabled: isCached ?? null, ttlSeconds: ttl ?? null },
  }
}

function predictedOf(prediction: unknown): Pick<ChatRequest, 'predictedTokens'> {
  return prediction ? { predictedTokens: Buffer.byteLength(JSON.stringify(prediction)) } : {}
}

function isJsonFormat(format: unknown): boolean {
  const type = asObject(format)?.['type']
  return type === 'json_object' || type === 'json_schema'
}

/** The checker keeps an issue for each bad element; a large body could hold so many that they take seconds and the memory. */
function requireGoodMessages(value: unknown): void {
  const { messages } = (value ?? {}) as { messages?: unknown }
  if (!Array.isArray(messages)) return
  for (const [index, message] of messages.entries()) requireShape(ChatMessage, message, ['messages', index])
}

function requireOneOutputBound(body: ChatCompletionRequest): void {
  const { max_tokens: old, max_completion_tokens: current } = body
  if (old && current && old !== current) {
    throw new AppError('invalid_request', 'max_tokens: differs from max_completion_tokens')
  }
}
