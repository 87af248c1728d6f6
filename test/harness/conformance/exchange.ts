import type { ClientFormat } from '../../../src/dialects/abilities.ts'
import type { ChatRequest } from '../../../src/dialects/chat-request.ts'
import { DIALECTS } from '../../../src/dialects/dialects.ts'
import { linkedMedia, wantedMedia, withMedia } from '../../../src/dialects/linked-media.ts'
import type { AnswerIdentity } from '../../../src/dialects/protocol.ts'
import { PROTOCOLS } from '../../../src/dialects/protocols.ts'
import type { DialectName, Endpoint } from '../../../src/domain/catalogue.ts'
import { NO_COST, type TokenUsage } from '../../../src/domain/pricing.ts'
import { findSimModel } from '../../../src/domain/sim-models.ts'
import { requireTranslatable } from '../../../src/gateway/stages/require-translatable.ts'
import { CLIENTS } from './client-speakers.ts'
import type { HeardRequest, Json, Saying, Wish } from './conversation.ts'
import { PROVIDERS } from './provider-speakers.ts'

/*
 * One exchange through the gateway's own translations, both ways, without connections.
 */

/** What an address leads to, in base64. */
export const FETCHED = Buffer.from('fetched').toString('base64')
const FETCHED_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  pdf: 'application/pdf',
  mp4: 'video/mp4',
}
const IDENTITY: AnswerIdentity = { id: 'gen-1', created: 1, model: 'a/b', provider: 'P', echo: null }
/** Of models that do what their formats have words for. */
const UPSTREAM_IDS: Readonly<Record<DialectName, string>> = {
  'openai-chat': 'm',
  'openai-responses': 'm',
  anthropic: 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
}

export interface Exchange {
  client: ClientFormat
  dialect: DialectName
  wish: Wish
  /** Of the client, behind its question. */
  history?: readonly Json[]
  saying: Saying
}

/** Throws what the gateway would refuse the request with. */
export function exchange({ client, dialect, history = [], saying, wish }: Exchange): {
  heard: HeardRequest
  answer: Json
} {
  const protocol = PROTOCOLS[client]
  const endpoint = endpointOf(dialect)
  const bytes = Buffer.from(JSON.stringify(CLIENTS[client].ask(wish, history)))
  const request = withLinks(protocol.parse(bytes, null), dialect)
  requireTranslatable(request, [endpoint], false)
  const encoded = DIALECTS[dialect].encode(request.payload, endpoint, { cappedTokens: null, organizationId: 'o' })
  const options = { kind: 'chat', isNative: request.payload.native?.dialect === dialect } as const
  const heard = PROVIDERS[dialect].hear(encoded)
  const end = (usage: TokenUsage | undefined) => {
    if (usage === undefined) throw new Error('no usage was read')
    return { usage, cost: NO_COST, endedAt: 2, metadata: undefined }
  }
  if (wish.isStream !== true) {
    const decoded = DIALECTS[dialect].decode(PROVIDERS[dialect].answer(saying), options)
    if (decoded === undefined) throw new Error('the answer was not read')
    return { heard, answer: protocol.toAnswer(decoded, IDENTITY, end(decoded.usage)) }
  }
  const reader = DIALECTS[dialect].newReader(null, options)
  const stream = protocol.newStream(IDENTITY)
  const pieces = [...reader.push(PROVIDERS[dialect].stream(saying)), ...reader.end()]
  if (!reader.isDone || reader.error) throw new Error(`the stream was not read: ${reader.error?.message}`)
  const text = stream.write(pieces) + stream.end(end(reader.usage))
  return { heard, answer: CLIENTS[client].gather(text) }
}

/** With what only has an address in its place, where the format wants that. */
function withLinks(request: ChatRequest, dialect: DialectName): ChatRequest {
  const wanted = request.mediaParts === 0 ? null : wantedMedia(DIALECTS[dialect].abilities)
  if (wanted === null) return request
  const { payload } = request
  const media = linkedMedia(payload.passedOn, wanted).map((url) => {
    const contentType = FETCHED_TYPES[url.slice(-3)] ?? 'application/octet-stream'
    return [url, { contentType, base64: FETCHED }] as const
  })
  const passedOn = withMedia(payload.passedOn, wanted, new Map(media)).join('')
  return { ...request, payload: { ...payload, passedOn } }
}

function endpointOf(dialect: DialectName): Endpoint {
  const endpoint = findSimModel('sim/lorem')?.endpoints[0]
  if (endpoint === undefined) throw new Error('sim/lorem has an endpoint')
  return {
    ...endpoint,
    upstreamId: UPSTREAM_IDS[dialect],
    maxCompletionTokens: 16_000,
    supportedParameters: [...endpoint.supportedParameters, 'reasoning'],
    provider: { ...endpoint.provider, dialect, baseUrl: 'http://upstream.test', apiKey: 'secret' },
  }
}
