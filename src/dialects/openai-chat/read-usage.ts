import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'
import { toldTier } from '../service-tier.ts'

/** A provider's `usage` object in our terms, or undefined unless both totals are whole numbers from 0 to a billion:
 *  whatever else a provider sends is estimated, never trusted. Details out of range count as 0, or as not told where that makes a
 *  difference. `tier`: the `service_tier` beside it. */
export function readUsage(value: unknown, tier?: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  if (usage === undefined) return undefined
  const promptTokens = asCount(usage['prompt_tokens'])
  const answerTokens = asCount(usage['completion_tokens'])
  if (promptTokens === undefined || answerTokens === undefined) return undefined
  const prompt = asObject(usage['prompt_tokens_details']) ?? {}
  const completion = asObject(usage['completion_tokens_details']) ?? {}
  const reasoningTokens = asCount(completion['reasoning_tokens']) ?? 0
  // Some leave reasoning out of the answer's tokens, as their total tells.
  const isApart = reasoningTokens > 0 && usage['total_tokens'] === promptTokens + answerTokens + reasoningTokens
  const completionTokens = isApart ? answerTokens + reasoningTokens : answerTokens
  return {
    promptTokens,
    completionTokens,
    cachedTokens: Math.min(
      promptTokens,
      asCount(prompt['cached_tokens']) ?? asCount(usage['prompt_cache_hit_tokens']) ?? 0,
    ),
    cacheWriteTokens: Math.min(promptTokens, asCount(prompt['cache_write_tokens']) ?? 0),
    reasoningTokens: Math.min(completionTokens, reasoningTokens),
    audioTokens: Math.min(promptTokens, asCount(prompt['audio_tokens']) ?? 0),
    images: 0,
    ...toldApart(prompt, completion),
    ...toldTier(tier),
  }
}

/** Kinds of tokens that most providers don't tell apart. */
function toldApart(prompt: Record<string, unknown>, completion: Record<string, unknown>): Partial<TokenUsage> {
  const cachedAudioTokens = asCount(asObject(prompt['cached_tokens_details'])?.['audio_tokens'])
  const imageTokens = asCount(prompt['image_tokens'])
  const audioOutputTokens = asCount(completion['audio_tokens'])
  const imageOutputTokens = asCount(completion['image_tokens'])
  const acceptedPredictionTokens = asCount(completion['accepted_prediction_tokens'])
  const rejectedPredictionTokens = asCount(completion['rejected_prediction_tokens'])
  return {
    ...(cachedAudioTokens !== undefined && { cachedAudioTokens }),
    ...(imageTokens !== undefined && { imageTokens }),
    ...(audioOutputTokens !== undefined && { audioOutputTokens }),
    ...(imageOutputTokens !== undefined && { imageOutputTokens }),
    ...(acceptedPredictionTokens !== undefined && { acceptedPredictionTokens }),
    ...(rejectedPredictionTokens !== undefined && { rejectedPredictionTokens }),
  }
}
