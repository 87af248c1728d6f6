import { toUsd } from '../../domain/money.ts'
import type { Cost, TokenUsage } from '../../domain/pricing.ts'

/** The `usage` object of a response: token counts with their details, and what was charged, in dollars. */
export function responsesUsageToWire(usage: TokenUsage, cost: Cost): Record<string, unknown> {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.promptTokens + usage.completionTokens,
    cost: toUsd(cost.total),
    is_byok: cost.byok !== undefined,
    cost_details: {
      upstream_inference_cost: cost.byok === undefined ? null : toUsd(cost.byok.total),
      upstream_inference_input_cost: toUsd((cost.byok ?? cost).prompt),
      upstream_inference_output_cost: toUsd((cost.byok ?? cost).completion),
    },
  }
}
