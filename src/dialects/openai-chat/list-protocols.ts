import type { ProviderPreferences } from '../../contract/inference/chat-completions.ts'
import { EmbeddingsRequest } from '../../contract/inference/embeddings.ts'
import type { RequestTrace } from '../../contract/inference/request-trace.ts'
import { RerankRequest } from '../../contract/inference/rerank.ts'
import { mostSearchUnits } from '../../domain/search-units.ts'
import type { ChatRequest, InferenceKind } from '../chat-request.ts'
import type { DecodedAnswer } from '../dialect.ts'
import { ownFields } from '../gateway-fields.ts'
import { asObject } from '../json-fields.ts'
import { MEDIUM_TOKENS } from '../media-tokens.ts'
import type { AnswerEnd, AnswerIdentity, ClientProtocol } from '../protocol.ts'
import { readRequestBody, requireShape } from '../request-body.ts'
import { usageToWire } from './usage-wire.ts'

type Json = Record<string, unknown>

/** `POST /api/v1/embeddings`. */
export const embeddingsProtocol: ClientProtocol = {
  ...withoutStream('embeddings'),
  path: '/embeddings',
  parse: (sent, presets) => {
    const { value, bytes, presetHash } = readRequestBody(sent, presets, 'list')
    const body = requireShape(EmbeddingsRequest, value)
    return toListRequest('embeddings', body, { bodyBytes: bytes.length, presetHash, ...mediaIn(body.input) })
  },
  toAnswer: ({ native }, { id, model, provider }, end) => ({
    object: 'list',
    id,
    model,
    provider,
    data: entriesOf(native, 'data').map((entry, at) => ({
      object: 'embedding',
      index: typeof entry['index'] === 'number' ? entry['index'] : at,
      embedding: entry['embedding'],
    })),
    usage: inputUsageToWire(end),
    ...end.metadata,
  }),
}

/** `POST /api/v1/rerank`. */
export const rerankProtocol: ClientProtocol = {
  ...withoutStream('rerank'),
  path: '/rerank',
  parse: (sent, presets) => {
    const { value, bytes, presetHash } = readRequestBody(sent, presets, 'list')
    const body = requireShape(RerankRequest, value)
    const pictures = body.documents.filter((one) => typeof one !== 'string' && one.image !== undefined).length
    const request = { ...body, return_documents: true }
    const of = { bodyBytes: bytes.length, presetHash, images: pictures, media: pictures }
    return { ...toListRequest('rerank', request, of), searchUnits: mostSearchUnits(body.documents) }
  },
  toAnswer: toRanks,
}

function toRanks({ native }: DecodedAnswer, { id, model, provider }: AnswerIdentity, end: AnswerEnd): Json {
  const ranks = entriesOf(native, 'results').map((rank) => ({
    index: rank['index'],
    relevance_score: Number(rank['relevance_score']),
    document: documentOf(rank['document']),
  }))
  ranks.sort((one, other) => other.relevance_score - one.relevance_score)
  const { total_tokens, cost, is_byok, cost_details } = inputUsageToWire(end)
  const { searchUnits } = end.usage
  const units = searchUnits === undefined ? {} : { search_units: searchUnits }
  const usage = { ...units, total_tokens, cost, is_byok, cost_details }
  return { id, model, provider, results: ranks, usage, ...end.metadata }
}

/** Providers give a text, or an object with one. */
function documentOf(value: unknown): Json {
  return typeof value === 'string' ? { text: value } : (asObject(value) ?? {})
}

function entriesOf(native: Json | null, name: string): Json[] {
  const list = native?.[name]
  return Array.isArray(list) ? list.map((entry) => asObject(entry) ?? {}) : []
}

function inputUsageToWire({ usage, cost }: AnswerEnd): Json {
  const { prompt_tokens, total_tokens, cost: charged, is_byok, cost_details } = usageToWire(usage, cost)
  return { prompt_tokens, total_tokens, cost: charged, is_byok, cost_details }
}

function withoutStream(
  kind: Exclude<InferenceKind, 'chat'>,
): Pick<ClientProtocol, 'name' | 'dialect' | 'apiType' | 'newStream' | 'toErrorBody'> {
  return {
    name: kind,
    dialect: 'openai-chat',
    apiType: kind,
    newStream: () => {
      throw new Error(`${kind} have no stream`)
    },
    toErrorBody: (envelope) => ({ ...envelope }),
  }
}

const OWN_FIELDS = ownFields(['stream_options'])

function toListRequest(
  kind: Exclude<InferenceKind, 'chat'>,
  body: Json & {
    model: string
    provider?: ProviderPreferences | null | undefined
    user?: string | null | undefined
    session_id?: string | null | undefined
    trace?: RequestTrace | null | undefined
  },
  of: { bodyBytes: number; presetHash: string | null; images: number; media: number },
): ChatRequest {
  const { bodyBytes, images, media, presetHash } = of
  const passedOn = Object.fromEntries(Object.entries(body).filter(([name]) => !OWN_FIELDS.has(name)))
  return {
    payload: {
      kind,
      passedOn: JSON.stringify(passedOn),
      native: null,
      outputBoundName: 'max_tokens',
      outputBound: null,
      reasoning: null,
      reasoningEffort: undefined,
      user: body.user || null,
      isStream: false,
      translatedFrom: null,
      anthropicBeta: null,
    },
    provider: body.provider ?? null,
    sessionId: body.session_id ?? null,
    ...(body.trace && { trace: body.trace }),
    models: [body.model],
    inputTokens: bodyBytes + media * MEDIUM_TOKENS,
    images,
    needs: { leastInputTokens: 0, requestedTokens: null, features: [], modalities: [] },
    route: null,
    cacheKey: null,
    opening: '',
    presetHash,
    mediaParts: 0,
    hasTokenIds: hasNumbers(body['input']),
    choices: 1,
    // Nothing is put out that is paid for by the token.
    requestedTokens: 0,
    parameters: [],
    extras: null,
    wantsJson: false,
    nativeOnly: null,
    echo: null,
  }
}

function hasNumbers(input: unknown): boolean {
  const [first] = Array.isArray(input) ? input : []
  return typeof first === 'number' || Array.isArray(first)
}

function mediaIn(input: EmbeddingsRequest['input']): { images: number; media: number } {
  let images = 0
  let media = 0
  for (const entry of Array.isArray(input) ? input : []) {
    if (typeof entry !== 'object' || Array.isArray(entry)) continue
    for (const { type } of entry.content) {
      if (type !== 'text') media += 1
      if (type === 'image_url') images += 1
    }
  }
  return { images, media }
}
