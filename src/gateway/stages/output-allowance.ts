import type { Endpoint } from '../../domain/catalogue.ts'
import { affordableTokens } from '../../domain/pricing.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { Inference } from '../inference.ts'

/** Of what is produced, for an estimate. */
export const BYTES_PER_TOKEN = 4
/** More than tokens of any language have on average; what is longer must be more than one. */
const BYTES_PER_TOKEN_MAX = 8
/** A longer piece of a stream is more than one token, with whatever JSON is around it. */
const BYTES_PER_PIECE_MAX = 128

/** How many tokens of output the hold pays for at an endpoint, beside the input; null when nothing bounded the answer, so that
 *  a long one is no fault of the provider. */
export function outputAllowance(inference: Inference, endpoint: Endpoint): number | null {
  const { cappedTokens, hold, request } = inference
  if (cappedTokens === null && request.requestedTokens === null && endpoint.maxCompletionTokens === null) return null
  const promptTokens = Math.ceil(request.inputTokens / BYTES_PER_TOKEN)
  return affordableTokens(usualOf(endpoint).prices, hold.amount, promptTokens, request)
}

/** The tokens that have come in a stream, rather too few than too many: an honest provider must not be cut off. */
export function leastTokens({ contentChunks, outputBytes }: { contentChunks: number; outputBytes: number }): number {
  if (outputBytes > contentChunks * BYTES_PER_PIECE_MAX) return outputBytes / BYTES_PER_TOKEN_MAX
  return Math.min(contentChunks, outputBytes / BYTES_PER_TOKEN)
}
