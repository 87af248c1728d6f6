import { divideUp, minNano, type NanoUsd } from './money.ts'

const TOKENS_PER_PRICE = 1_000_000n
const DISCOUNT_SCALE = 1_000_000n

/** Prices of one endpoint. Token prices are nano-USD per 1,000,000 tokens, the others nano-USD per one. An absent price
 *  falls back: cached and written input to `prompt`, reasoning to `completion`, audio to `prompt`; the rest costs nothing. */
export interface Prices {
  prompt: NanoUsd
  completion: NanoUsd
  request?: NanoUsd
  image?: NanoUsd
  inputCacheRead?: NanoUsd
  inputCacheWrite?: NanoUsd
  internalReasoning?: NanoUsd
  audio?: NanoUsd
  /** Share taken off the whole, in millionths. */
  discountPpm?: bigint
}

/** What one attempt used, as counted by the provider. All are whole numbers ≥ 0; the detail counts are parts of the two totals. */
export interface TokenUsage {
  promptTokens: number
  completionTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  reasoningTokens: number
  audioTokens: number
  /** Pictures in the input. */
  images: number
}

export interface Cost {
  total: NanoUsd
  prompt: NanoUsd
  completion: NanoUsd
}

export const NO_USAGE: TokenUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  audioTokens: 0,
  images: 0,
}

export const NO_COST: Cost = { total: 0n, prompt: 0n, completion: 0n }

/** The charge for `usage`: components are added exactly and rounded up once, so that nothing is ever under-charged. */
export function costOf(prices: Prices, usage: TokenUsage): Cost {
  const { plain, cached, written, audio, completion: output, reasoning } = splitUsage(usage)
  const prompt =
    BigInt(plain) * prices.prompt +
    BigInt(cached) * (prices.inputCacheRead ?? prices.prompt) +
    BigInt(written) * (prices.inputCacheWrite ?? prices.prompt) +
    BigInt(audio) * (prices.audio ?? prices.prompt) +
    ((prices.request ?? 0n) + (prices.image ?? 0n) * BigInt(usage.images)) * TOKENS_PER_PRICE
  const completion =
    BigInt(output) * prices.completion + BigInt(reasoning) * (prices.internalReasoning ?? prices.completion)
  const keep = DISCOUNT_SCALE - (prices.discountPpm ?? 0n)
  const scale = TOKENS_PER_PRICE * DISCOUNT_SCALE
  const total = divideUp((prompt + completion) * keep, scale)
  const promptShare = divideUp(prompt * keep, scale)
  const promptCost = minNano(promptShare, total)
  return { total, prompt: promptCost, completion: total - promptCost }
}

/** Each token once, by the price that it has. */
export function splitUsage(usage: TokenUsage) {
  const cached = Math.min(usage.cachedTokens, usage.promptTokens)
  const written = Math.min(usage.cacheWriteTokens, usage.promptTokens - cached)
  const audio = Math.min(usage.audioTokens, usage.promptTokens - cached - written)
  const reasoning = Math.min(usage.reasoningTokens, usage.completionTokens)
  const plain = usage.promptTokens - cached - written - audio
  return { plain, cached, written, audio, completion: usage.completionTokens - reasoning, reasoning }
}

/** The most that `promptTokens` of input with `images` pictures and `completionTokens` of output can cost, whatever part of
 *  them turns out to be cached, written, audio or reasoning. */
export function costBound(prices: Prices, promptTokens: number, completionTokens: number, images = 0): NanoUsd {
  const dearestPrompt = dearest(prices.prompt, prices.inputCacheRead, prices.inputCacheWrite, prices.audio)
  const dearestCompletion = dearest(prices.completion, prices.internalReasoning)
  const scaled =
    BigInt(promptTokens) * dearestPrompt +
    BigInt(completionTokens) * dearestCompletion +
    ((prices.request ?? 0n) + (prices.image ?? 0n) * BigInt(images)) * TOKENS_PER_PRICE
  return divideUp(scaled * (DISCOUNT_SCALE - (prices.discountPpm ?? 0n)), TOKENS_PER_PRICE * DISCOUNT_SCALE)
}

/** How many output tokens `money` buys after the input has been paid for; 0 when it doesn't cover the input, and
 *  `Number.MAX_SAFE_INTEGER` when output is free. */
export function affordableTokens(prices: Prices, money: NanoUsd, promptTokens: number, images = 0): number {
  if (costBound(prices, promptTokens, 0, images) > money) return 0
  const price = dearest(prices.completion, prices.internalReasoning)
  const keep = DISCOUNT_SCALE - (prices.discountPpm ?? 0n)
  if (price === 0n || keep === 0n) return Number.MAX_SAFE_INTEGER
  const room = (money - costBound(prices, promptTokens, 0, images)) * TOKENS_PER_PRICE * DISCOUNT_SCALE
  const tokens = room / (price * keep)
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens)
}

/** Whether every use of the endpoint costs nothing. */
export function isFree(prices: Prices): boolean {
  return costBound(prices, 1_000_000, 1_000_000, 1) === 0n
}

function dearest(...prices: (NanoUsd | undefined)[]): NanoUsd {
  let most = 0n
  for (const price of prices) if (price !== undefined && price > most) most = price
  return most
}
