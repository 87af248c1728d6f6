import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'
import { toldTier } from '../service-tier.ts'

/** A provider's `usage` object in our terms, or undefined unless both totals are whole numbers from 0 to a billion. Details out of
 *  range count as 0. `tier`: the `service_tier` of the response. */
export function readResponsesUsage(value: unknown, tier?: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  const promptTokens = asCount(usage?.['input_tokens'])
  const completionTokens = asCount(usage?.['output_tokens'])
  if (usage === undefined || promptTokens === undefined || completionTokens === undefined) return undefined
  const input = asObject(usage['input_tokens_details']) ?? {}
  const output = asObject(usage['output_tokens_details']) ?? {}
  return {
    promptTokens,
    completionTokens,
    cachedTokens: Math.min(promptTokens, asCount(input['cached_tokens']) ?? 0),
    cacheWriteTokens: Math.min(promptTokens, asCount(input['cache_write_tokens']) ?? 0),
    reasoningTokens: Math.min(completionTokens, asCount(output['reasoning_tokens']) ?? 0),
    audioTokens: Math.min(promptTokens, asCount(input['audio_tokens']) ?? 0),
    images: 0,
    ...toldTier(tier),
  }
}
