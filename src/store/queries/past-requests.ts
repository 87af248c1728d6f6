import type { TokenUsage } from '../../domain/pricing.ts'

interface CountedTokens {
  tokens_prompt: number
  tokens_completion: number
  tokens_reasoning: number
  tokens_cached: number
  tokens_cache_write: number | null
  tokens_audio: number | null
  images: number | null
}

/** What a generation used. Counts that earlier versions didn't keep are 0. */
export function usageOfRow(row: CountedTokens): TokenUsage {
  return {
    promptTokens: row.tokens_prompt,
    completionTokens: row.tokens_completion,
    cachedTokens: row.tokens_cached,
    reasoningTokens: row.tokens_reasoning,
    cacheWriteTokens: row.tokens_cache_write ?? 0,
    audioTokens: row.tokens_audio ?? 0,
    images: row.images ?? 0,
  }
}
