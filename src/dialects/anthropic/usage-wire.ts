import type { Cost, TokenUsage } from '../../domain/pricing.ts'
import { usageToWire } from '../openai-chat/usage-wire.ts'

/** The `usage` object of the Messages format, with what was charged in dollars. `native` is what the provider said: it stands but
 *  for the cost. */
export function messagesUsage(
  usage: TokenUsage,
  cost: Cost,
  native?: Record<string, unknown>,
): Record<string, unknown> {
  const { cost: charged, is_byok: isByok, cost_details: details } = usageToWire(usage, cost)
  const { promptTokens, cachedTokens, cacheWriteTokens, completionTokens, reasoningTokens } = usage
  return {
    input_tokens: Math.max(0, promptTokens - cachedTokens - cacheWriteTokens),
    output_tokens: completionTokens,
    output_tokens_details: reasoningTokens > 0 ? { thinking_tokens: reasoningTokens } : null,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation: null,
    inference_geo: null,
    server_tool_use: null,
    service_tier: tierToWire(usage),
    ...native,
    cost: charged,
    is_byok: isByok,
    cost_details: details,
  }
}

/** Null where the provider hasn't told it. */
function tierToWire({ serviceTier }: TokenUsage): string | null {
  if (serviceTier === undefined) return null
  return serviceTier === 'default' ? 'standard' : serviceTier
}

/** Before anything is known. */
export const NO_MESSAGES_USAGE = {
  input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: null,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: null,
  inference_geo: null,
  server_tool_use: null,
  service_tier: null,
}
