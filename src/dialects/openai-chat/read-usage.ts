import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'

/** A provider's `usage` object in our terms, or undefined unless both totals are whole numbers from 0 to a billion:
 *  whatever else a provider sends is estimated, never trusted. Details out of range count as 0. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  if (usage === undefined) return undefined
  const promptTokens = asCount(usage['prompt_tokens'])
  const completionTokens = asCount(usage['completion_tokens'])
  if (promptTokens === undefined || completionTokens === undefined) return undefined
  const prompt = asObject(usage['prompt_tokens_details']) ?? {}
  const completion = asObject(usage['completion_tokens_details']) ?? {}
  return {
    promptTokens,
    completionTokens,
    cachedTokens: Math.min(
      promptTokens,
      asCount(prompt['cached_tokens']) ?? asCount(usage['prompt_cache_hit_tokens']) ?? 0,
    ),
    cacheWriteTokens: Math.min(promptTokens, asCount(prompt['cache_write_tokens']) ?? 0),
    reasoningTokens: Math.min(completionTokens, asCount(completion['reasoning_tokens']) ?? 0),
    audioTokens: Math.min(promptTokens, asCount(prompt['audio_tokens']) ?? 0),
    images: 0,
  }
}
