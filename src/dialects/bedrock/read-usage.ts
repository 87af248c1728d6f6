import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject } from '../json-fields.ts'

/** `usage` in our terms, or undefined unless input and output are whole numbers from 0 to a billion. What was read from a cache
 *  or written to it comes on top of the input there. */
export function readBedrockUsage(value: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  const input = asCount(usage?.['inputTokens'])
  const completionTokens = asCount(usage?.['outputTokens'])
  if (usage === undefined || input === undefined || completionTokens === undefined) return undefined
  const cachedTokens = asCount(usage['cacheReadInputTokens']) ?? 0
  const cacheWriteTokens = asCount(usage['cacheWriteInputTokens']) ?? 0
  return {
    promptTokens: input + cachedTokens + cacheWriteTokens,
    completionTokens,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: 0,
    audioTokens: 0,
    images: 0,
  }
}
