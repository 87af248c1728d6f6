import type { NanoUsd } from './money.ts'
import { affordableTokens, costBound, isOutputFree, type Prices } from './pricing.ts'

/** An answer shorter than this is no use, so a request that can't afford it is refused. */
export const OUTPUT_TOKENS_MIN = 16
/** The part of what remains that one request without a bound of its own may hold, while nobody else holds any of it, and
 *  below which it isn't cut down. */
const LONE_SHARE_DIVISOR = 4n
const LONE_SHARE_TOKENS_MIN = 1_024
/** The same while others hold some: fifty at once that name no bound all find room under two and a half worst cases. */
const SHARE_DIVISOR = 32n
/** What is held for an output that neither the caller nor the model bounds. */
const OUTPUT_TOKENS_DEFAULT = 32_768

export interface HoldRequest {
  /** Prices of each endpoint that may serve the request: the hold covers the dearest. */
  prices: readonly Prices[]
  /** Upper bound of the input's tokens. */
  inputTokens: number
  images: number
  /** At most; of ranks alone. */
  searchUnits?: number
  /** How many answers are asked for. */
  choices: number
  /** Upper bound of the tokens of a prediction: those that don't come true are charged as output, beside the answer. */
  predictedTokens?: number
  /** The caller's own bound of output tokens, if any. */
  requestedTokens: number | null
  /** The smallest of the endpoints' own bounds, if any. */
  modelTokensMax: number | null
  /** What remains on the tightest counter; null when nothing limits. */
  room: NanoUsd | null
  /** Whether other requests hold some of what limits this one. */
  isContended: boolean
}

export type HoldSize =
  /** `cappedTokens` is the bound to send upstream, or null to leave the caller's (or none) as it is. `isLess`: far from the limit
   *  it would be more. */
  | { fits: true; amount: NanoUsd; cappedTokens: number | null; isLess: boolean }
  | { fits: false; needed: NanoUsd; affordableTokens: number }

/**
 * How much to hold for a request and how long its answer may be. Far from a limit the caller gets what it asks for; near it
 * the output shrinks to what is affordable. Who names no bound takes at most a quarter of what remains (but at least 1,024
 * tokens where they are affordable), and a 32nd beside others, so that worst-case holds don't starve the requests beside it.
 */
export function sizeHold(request: HoldRequest): HoldSize {
  const wanted = wantedTokens(request)
  const isBounded = request.requestedTokens !== null || request.modelTokensMax !== null
  const natural = isBounded ? wanted : Number.MAX_SAFE_INTEGER
  const { room } = request
  const whole = holdFor(request, wanted)
  const divisor = request.isContended ? SHARE_DIVISOR : LONE_SHARE_DIVISOR
  const isFarFromLimit = room === null || whole <= (request.requestedTokens === null ? room / divisor : room)
  if (isFarFromLimit)
    return { fits: true, amount: whole, cappedTokens: capOf(request, room, { tokens: wanted, natural }), isLess: false }
  const affordable = affordableOutput(request, room)
  const smallest = Math.min(OUTPUT_TOKENS_MIN, wanted)
  if (holdFor(request, smallest) > room) {
    return { fits: false, needed: holdFor(request, smallest), affordableTokens: affordable }
  }
  const share = request.requestedTokens === null ? affordableOutput(request, room / divisor) : affordable
  const least = request.isContended ? smallest : LONE_SHARE_TOKENS_MIN
  const tokens = Math.max(smallest, Math.min(wanted, affordable, Math.max(share, least)))
  const amount = holdFor(request, tokens)
  return { fits: true, amount, cappedTokens: capOf(request, room, { tokens, natural }), isLess: tokens < wanted }
}

/** What the shortest answer that is of any use may cost. */
export function smallestHold(request: Omit<HoldRequest, 'room' | 'isContended'>): NanoUsd {
  return holdFor(request, Math.min(OUTPUT_TOKENS_MIN, wantedTokens(request)))
}

function wantedTokens({
  modelTokensMax,
  requestedTokens,
}: Pick<HoldRequest, 'modelTokensMax' | 'requestedTokens'>): number {
  if (requestedTokens === null && modelTokensMax === null) return OUTPUT_TOKENS_DEFAULT
  return Math.min(requestedTokens ?? Number.MAX_SAFE_INTEGER, modelTokensMax ?? Number.MAX_SAFE_INTEGER)
}

/** What must be sent upstream so that the answer stays within the hold: nothing where no limit or no price makes it matter. */
function capOf(request: HoldRequest, room: NanoUsd | null, output: { tokens: number; natural: number }): number | null {
  if (room === null || output.tokens >= output.natural) return null
  return request.prices.every(isOutputFree) ? null : output.tokens
}

function holdFor(request: Omit<HoldRequest, 'room' | 'isContended'>, tokens: number): NanoUsd {
  let most = 0n
  for (const prices of request.prices) {
    const outputTokens = (tokens + (request.predictedTokens ?? 0)) * request.choices
    const bound = costBound(prices, request.inputTokens, outputTokens, request)
    if (bound > most) most = bound
  }
  return most
}

function affordableOutput(request: HoldRequest, money: NanoUsd): number {
  const tokens = request.prices.map((prices) => affordableTokens(prices, money, request.inputTokens, request))
  return Math.max(Math.floor(Math.min(...tokens) / request.choices) - (request.predictedTokens ?? 0), 0)
}
