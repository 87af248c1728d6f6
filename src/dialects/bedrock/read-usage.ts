import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'
import { toldTier } from '../service-tier.ts'

/** `usage` in our terms, or undefined unless input and output are whole numbers from 0 to a billion. What was read from a cache
 *  or written to it comes on top of the input there. `tier`: the type of the `serviceTier` beside it. */
export function readBedrockUsage(value: unknown, tier?: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  const input = asCount(usage?.['inputTokens'])
  const completionTokens = asCount(usage?.['outputTokens'])
  if (usage === undefined || input === undefined || completionTokens === undefined) return undefined
  const cachedTokens = asCount(usage['cacheReadInputTokens']) ?? 0
  const cacheWriteTokens = asCount(usage['cacheWriteInputTokens']) ?? 0
  const promptTokens = asCount(input + cachedTokens + cacheWriteTokens)
  if (promptTokens === undefined) return undefined
  const details = usage['cacheDetails']
  return {
    promptTokens,
    completionTokens,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: 0,
    audioTokens: 0,
    images: 0,
    ...(Array.isArray(details) && { cacheWrite1hTokens: Math.min(cacheWriteTokens, hourOf(details)) }),
    ...toldTier(tier),
  }
}

/** Tokens that are kept for an hour. */
function hourOf(details: readonly unknown[]): number {
  return details
    .map(asObject)
    .filter((detail) => detail?.['ttl'] === '1h')
    .reduce((sum, detail) => sum + (asCount(detail?.['inputTokens']) ?? 0), 0)
}
