import { NO_USAGE, type TokenUsage } from '../../domain/pricing.ts'
import type { InferenceKind } from '../chat-request.ts'
import type { DecodedAnswer } from '../dialect.ts'
import { asCount, asObject, keepRawUsage, parseObject } from '../json-fields.ts'

/** Embeddings or ranks as providers answer them, or undefined when the text is neither. What is used is input. */
export function decodeList(text: string, kind: Exclude<InferenceKind, 'chat'>): DecodedAnswer | undefined {
  const answer = parseObject(text)
  const list = answer?.[kind === 'embeddings' ? 'data' : 'results']
  if (answer === undefined || !Array.isArray(list) || list.length === 0) return undefined
  const isGood = kind === 'embeddings' ? isEmbedding : isRank
  if (!list.every(isGood)) return undefined
  return {
    choices: [],
    systemFingerprint: null,
    serviceTier: null,
    native: answer,
    usage: readInputUsage(answer),
    usageRaw: keepRawUsage(answer['usage'] ?? answer['meta']),
    upstreamId: typeof answer['id'] === 'string' ? answer['id'].slice(0, 200) : null,
    finishReason: null,
    nativeFinishReason: null,
    outputBytes: 0,
  }
}

function isEmbedding(entry: unknown): boolean {
  const embedding = asObject(entry)?.['embedding']
  return typeof embedding === 'string' || Array.isArray(embedding)
}

function isRank(entry: unknown): boolean {
  const rank = asObject(entry)
  return Number.isInteger(rank?.['index']) && typeof rank?.['relevance_score'] === 'number'
}

/** As OpenAI, Jina and Voyage say it (`usage`), and as Cohere does (`meta.billed_units`). Who charges by search says no tokens. */
export function readInputUsage(value: unknown): TokenUsage | undefined {
  const answer = asObject(value)
  const usage = asObject(answer?.['usage'])
  const units = asObject(asObject(answer?.['meta'])?.['billed_units'])
  const promptTokens =
    asCount(usage?.['prompt_tokens']) ?? asCount(usage?.['total_tokens']) ?? asCount(units?.['input_tokens'])
  const searchUnits = asCount(units?.['search_units'])
  if (searchUnits === undefined) return promptTokens === undefined ? undefined : { ...NO_USAGE, promptTokens }
  return { ...NO_USAGE, promptTokens: promptTokens ?? 0, searchUnits }
}
