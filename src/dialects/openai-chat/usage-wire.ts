import { toUsd } from '../../domain/money.ts'
import type { Cost, TokenUsage } from '../../domain/pricing.ts'

/** The `usage` object of the wire: token counts with their details, and what was charged, in dollars. */
export function usageToWire(usage: TokenUsage, cost: Cost): Record<string, unknown> {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: usage.audioTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      // Undefined where the provider doesn't tell them, and then not written.
      accepted_prediction_tokens: usage.acceptedPredictionTokens,
      rejected_prediction_tokens: usage.rejectedPredictionTokens,
    },
    cost: toUsd(cost.total),
    is_byok: cost.byok !== undefined,
    cost_details: {
      upstream_inference_cost: cost.byok === undefined ? null : toUsd(cost.byok.total),
      upstream_inference_prompt_cost: toUsd((cost.byok ?? cost).prompt),
      upstream_inference_completions_cost: toUsd((cost.byok ?? cost).completion),
    },
  }
}
