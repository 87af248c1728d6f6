import type { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { authorizationOf, azurePath } from '../azure.ts'
import type { ChatPayload } from '../chat-request.ts'
import { conversationHeader } from '../conversation-header.ts'
import type { EncodedRequest, EncodeOptions } from '../dialect.ts'
import { hashUser } from '../end-user.ts'
import { ownFields } from '../gateway-fields.ts'
import { asObject, asText } from '../json-fields.ts'
import { joinObjects } from '../raw-fields.ts'
import { tierToAsk } from '../service-tier.ts'
import { applyQuirks } from './apply-quirks.ts'
import { toPlainPayload } from './plain-payload.ts'
import { quirksNamed } from './quirks.ts'

const OWN_FIELDS = ownFields([
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_tool_calls',
  'reasoning',
  'reasoning_effort',
])

const USER_LENGTH_MAX = 256
const PATHS = { chat: '/chat/completions', embeddings: '/embeddings', rerank: '/rerank' } as const

/** Takes apart what the caller sent, once for all endpoints. */
export function toChatPayload(request: ChatCompletionRequest): ChatPayload {
  const passedOn: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(request)) if (!OWN_FIELDS.has(name)) passedOn[name] = value
  return {
    kind: 'chat',
    passedOn: JSON.stringify(passedOn),
    native: null,
    outputBoundName: request.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens',
    outputBound: request.max_completion_tokens ?? request.max_tokens ?? null,
    reasoning: asObject((request as { reasoning?: unknown }).reasoning) ?? null,
    reasoningEffort: reasoningEffort(request),
    user: request.user || pseudonymOf(request),
    ...(request.service_tier && { serviceTier: request.service_tier }),
    isStream: request.stream === true,
    translatedFrom: null,
    anthropicBeta: null,
  }
}

/** The request for one endpoint, headers built from scratch. Nothing that is the gateway's own goes upstream, and the end
 *  user's name only as a hash. */
export function encodeChatRequest(asked: ChatPayload, endpoint: Endpoint, options: EncodeOptions): EncodedRequest {
  const payload = toPlainPayload(asked, endpoint)
  const own: Record<string, unknown> = { model: endpoint.upstreamId }
  const bound = options.cappedTokens ?? payload.outputBound
  if (bound) own[payload.outputBoundName] = bound
  if (payload.reasoningEffort !== undefined) own['reasoning_effort'] = payload.reasoningEffort
  const tier = tierToAsk(payload, endpoint)
  if (tier !== undefined) own['service_tier'] = tier
  if (payload.user !== null) own['user'] = hashUser(options.organizationId, payload.user)
  if (payload.isStream) {
    own['stream'] = true
    own['stream_options'] = { include_usage: true }
  }
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: payload.isStream ? 'text/event-stream' : 'application/json',
    'user-agent': 'switchyard',
    ...conversationHeader(endpoint.provider, payload, options),
  }
  const { apiKey, azure, quirks } = endpoint.provider
  if (azure !== undefined) Object.assign(headers, authorizationOf(endpoint.provider))
  else if (apiKey !== null) headers['authorization'] = `Bearer ${apiKey}`
  const passedOn =
    quirks === undefined || payload.kind !== 'chat'
      ? payload.passedOn
      : applyQuirks(own, payload, { endpoint, quirks: quirksNamed(quirks) })
  const path = azure === undefined ? PATHS[payload.kind] : azurePath(endpoint, PATHS[payload.kind])
  return { path, headers, body: joinObjects(JSON.stringify(own), passedOn) }
}

/** Another way to name the end user. */
function pseudonymOf(request: ChatCompletionRequest): string | null {
  return asText((request as { safety_identifier?: unknown }).safety_identifier)?.slice(0, USER_LENGTH_MAX) || null
}

function reasoningEffort(request: ChatCompletionRequest): unknown {
  const { reasoning, reasoning_effort: plain } = request as { reasoning?: unknown; reasoning_effort?: unknown }
  const effort =
    typeof reasoning === 'object' && reasoning !== null ? (reasoning as { effort?: unknown }).effort : undefined
  return typeof effort === 'string' ? effort : plain
}
