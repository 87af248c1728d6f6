import type { TokenUsage } from '../../domain/pricing.ts'

const TOKENS_MAX = 1_000_000_000
const RAW_USAGE_LENGTH_MAX = 16_384
const RAW_USAGE_DEPTH_MAX = 8

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

/** What the provider said about usage, for the record; null unless it is an object of a size and depth that usage has. */
export function keepRawUsage(value: unknown): Record<string, unknown> | null {
  const usage = asObject(value)
  if (usage === undefined || !isNestedAtMost(usage, RAW_USAGE_DEPTH_MAX)) return null
  return JSON.stringify(usage).length <= RAW_USAGE_LENGTH_MAX ? usage : null
}

function isNestedAtMost(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isNestedAtMost(inner, levels - 1))
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX ? value : undefined
}
