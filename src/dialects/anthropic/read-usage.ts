import type { TokenUsage } from '../../domain/pricing.ts'
import { asCount, asObject, asObjects } from '../json-fields.ts'
import { toldTier } from '../service-tier.ts'

/** A provider's `usage` object in our terms, or undefined unless input and output are whole numbers from 0 to a billion. What was
 *  read from a cache and written to it is input that stands apart. */
export function readMessagesUsage(value: unknown): TokenUsage | undefined {
  const usage = asObject(value)
  const own = ownIterations(usage)
  const input = sumOf('input_tokens', usage, own)
  const completionTokens = sumOf('output_tokens', usage, own)
  if (usage === undefined || input === undefined || completionTokens === undefined) return undefined
  const creation = asObject(usage['cache_creation'])
  const forAnHour = asCount(creation?.['ephemeral_1h_input_tokens']) ?? 0
  const forMinutes = asCount(creation?.['ephemeral_5m_input_tokens']) ?? 0
  const cachedTokens = asCount(usage['cache_read_input_tokens']) ?? 0
  const cacheWriteTokens = asCount(usage['cache_creation_input_tokens']) ?? forAnHour + forMinutes
  const promptTokens = asCount(input + cachedTokens + cacheWriteTokens)
  if (promptTokens === undefined) return undefined
  const isFast = usage['speed'] === 'fast'
  const thinking = asCount(asObject(usage['output_tokens_details'])?.['thinking_tokens']) ?? 0
  return {
    promptTokens,
    completionTokens,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: Math.min(completionTokens, thinking),
    audioTokens: 0,
    images: 0,
    ...(creation !== undefined && { cacheWrite1hTokens: Math.min(forAnHour, cacheWriteTokens) }),
    ...toldTier(isFast ? 'priority' : usage['service_tier']),
  }
}

/** Turns of the model itself, where its context was compacted on the way: what that took is in no total. Those of other models, whose
 *  tokens have prices of their own, are none of it; where another model has answered, the totals are the answer's. */
function ownIterations(usage: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const all = asObjects(usage?.['iterations'])
  if (all.some(({ type }) => type === 'fallback_message')) return []
  return all.filter(({ type }) => type === 'compaction' || type === 'message')
}

/** Undefined unless it comes to a whole number from 0 to a billion. */
function sumOf(
  name: 'input_tokens' | 'output_tokens',
  usage: Record<string, unknown> | undefined,
  iterations: readonly Record<string, unknown>[],
): number | undefined {
  const total = asCount(usage?.[name])
  if (total === undefined || iterations.length === 0) return total
  return asCount(iterations.reduce((sum, each) => sum + (asCount(each[name]) ?? 0), 0))
}

/** What two events of a stream say of usage, the later one where it says anything. */
export function mergeUsage(earlier: Record<string, unknown> | undefined, later: Record<string, unknown> | undefined) {
  if (earlier === undefined || later === undefined) return later ?? earlier
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined)
  return { ...earlier, ...Object.fromEntries(said) }
}
