import { divideUp, maxNano, minNano, type NanoUsd } from './money.ts'

const TOKENS_PER_PRICE = 1_000_000n
const DISCOUNT_SCALE = 1_000_000n
/** More than any bound of an override. */
const TOKENS_OF_ALL = 2_000_000_000

/** Prices of one endpoint. Token prices are nano-USD per 1,000,000 tokens, the others nano-USD per one. An absent price
 *  falls back to the broader one: input of every kind to `prompt`, a cache for an hour to one for minutes, cached audio to what is
 *  cached, output of every kind to `completion`; the rest costs nothing. */
export interface Prices extends Readonly<Partial<Record<TokenPriceName, NanoUsd>>> {
  prompt: NanoUsd
  completion: NanoUsd
  request?: NanoUsd
  image?: NanoUsd
  /** Of ranks: what the provider counts its work in, a question about some number of documents. */
  searchUnit?: NanoUsd
  /** Share taken off the whole, in millionths. */
  discountPpm?: bigint
  /** Other prices for longer inputs or hours of the day; of those that hold a later one counts before an earlier. */
  overrides?: readonly PriceOverride[]
  /** What it costs where the provider serves it in another tier than its usual one. */
  tiers?: Readonly<Partial<Record<ServiceTier, Prices>>>
}

export type ServiceTier = 'flex' | 'priority'

const INPUT_PRICES = [
  'prompt',
  'inputCacheRead',
  'inputCacheWrite',
  'inputCacheWrite1h',
  'inputAudioCache',
  'audio',
  'imageToken',
] as const
const OUTPUT_PRICES = ['completion', 'internalReasoning', 'audioOutput', 'imageOutput'] as const

export type TokenPriceName = (typeof INPUT_PRICES)[number] | (typeof OUTPUT_PRICES)[number]

/** Prices in place of others, where all conditions hold. */
export interface PriceOverride extends Readonly<Partial<Record<TokenPriceName, NanoUsd>>> {
  /** More input tokens than that. */
  minPromptTokens?: number
  /** From this time of the day until before that, as HHMM in UTC, over midnight where the end is earlier. Both or neither. */
  utcStart?: number
  utcEnd?: number
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
  /*
   * Parts that not every provider tells apart: absent where one doesn't, and then charged as the dearest they may have been.
   */
  /** Of `cacheWriteTokens`, those kept for an hour. */
  cacheWrite1hTokens?: number
  /** Of `cachedTokens` and of `audioTokens`. */
  cachedAudioTokens?: number
  /** Of `promptTokens`, those that pictures became. */
  imageTokens?: number
  /** Of `completionTokens`. */
  audioOutputTokens?: number
  imageOutputTokens?: number
  /** Of `completionTokens`: what of a prediction came true, and what didn't, which is charged as if it had. */
  acceptedPredictionTokens?: number
  rejectedPredictionTokens?: number
  /** Of ranks; missing where the provider doesn't count in them. */
  searchUnits?: number
  /** The tier that served it, where the provider tells it; `default` is the usual one. */
  serviceTier?: ServiceTier | 'default'
}

/** What is paid for by the piece. */
export type Pieces = Pick<TokenUsage, 'images' | 'searchUnits'>

export interface Cost {
  total: NanoUsd
  prompt: NanoUsd
  completion: NanoUsd
  /** What it was counted with, where it ran on the customer's own credential and so cost nothing here. */
  byok?: Cost
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

const NO_PIECES: Pieces = { images: 0 }

export const NO_COST: Cost = { total: 0n, prompt: 0n, completion: 0n }

/** The charge for `usage` of a request that came at `at`, in epoch milliseconds: components are added exactly and rounded up once,
 *  so that nothing is ever under-charged. */
export function costOf(listed: Prices, usage: TokenUsage, at: number): Cost {
  const prices = pricesInForce(listed, usage, at)
  const counts = splitUsage(prices, usage)
  const prompt =
    BigInt(counts.plain) * prices.prompt +
    BigInt(counts.cached) * (prices.inputCacheRead ?? prices.prompt) +
    BigInt(counts.written) * (prices.inputCacheWrite ?? prices.prompt) +
    BigInt(counts.audio) * (prices.audio ?? prices.prompt) +
    pieceCost(prices, usage) * TOKENS_PER_PRICE +
    specialInput(prices, counts)
  const completion =
    BigInt(counts.completion) * prices.completion +
    BigInt(counts.reasoning) * (prices.internalReasoning ?? prices.completion) +
    specialOutput(prices, counts)
  const keep = DISCOUNT_SCALE - (prices.discountPpm ?? 0n)
  const scale = TOKENS_PER_PRICE * DISCOUNT_SCALE
  const total = divideUp((prompt + completion) * keep, scale)
  const promptShare = divideUp(prompt * keep, scale)
  const promptCost = minNano(promptShare, total)
  return { total, prompt: promptCost, completion: total - promptCost }
}

function pieceCost(
  { image = 0n, request = 0n, searchUnit = 0n }: Prices,
  { images, searchUnits = 0 }: Pieces,
): NanoUsd {
  return request + image * BigInt(images) + searchUnit * BigInt(searchUnits)
}

function specialInput(prices: Prices, { writtenForHour, cachedAudio, image }: UsageCounts): NanoUsd {
  if (writtenForHour + cachedAudio + image === 0) return 0n
  return (
    BigInt(writtenForHour) * (prices.inputCacheWrite1h ?? prices.inputCacheWrite ?? prices.prompt) +
    BigInt(cachedAudio) * (prices.inputAudioCache ?? prices.inputCacheRead ?? prices.prompt) +
    BigInt(image) * (prices.imageToken ?? prices.prompt)
  )
}

function specialOutput(prices: Prices, { audioOutput, imageOutput }: UsageCounts): NanoUsd {
  if (audioOutput + imageOutput === 0) return 0n
  return (
    BigInt(audioOutput) * (prices.audioOutput ?? prices.completion) +
    BigInt(imageOutput) * (prices.imageOutput ?? prices.completion)
  )
}

/** The prices of the tier that served it, for an input of its length at this moment, in epoch milliseconds. */
export function pricesInForce(listed: Prices, { promptTokens, serviceTier }: TokenUsage, at: number): Prices {
  const isUsual = serviceTier === undefined || serviceTier === 'default'
  const prices = isUsual ? listed : (listed.tiers?.[serviceTier] ?? listed)
  if (prices.overrides === undefined) return prices
  let inForce = prices
  for (const override of prices.overrides) {
    if (isLongEnough(override, promptTokens) && isInHours(override, at)) inForce = { ...inForce, ...override }
  }
  return inForce
}

function isLongEnough({ minPromptTokens }: PriceOverride, promptTokens: number): boolean {
  return minPromptTokens === undefined || promptTokens > minPromptTokens
}

function isInHours({ utcStart, utcEnd }: PriceOverride, at: number): boolean {
  if (utcStart === undefined || utcEnd === undefined) return true
  const minute = Math.floor(at / 60_000) % 1_440
  const time = Math.floor(minute / 60) * 100 + (minute % 60)
  return utcStart < utcEnd ? time >= utcStart && time < utcEnd : time >= utcStart || time < utcEnd
}

/** Each token once, by the price that it has. */
export interface UsageCounts {
  plain: number
  cached: number
  cachedAudio: number
  written: number
  writtenForHour: number
  audio: number
  image: number
  completion: number
  reasoning: number
  audioOutput: number
  imageOutput: number
}

export function splitUsage(prices: Prices, usage: TokenUsage): UsageCounts {
  const allCached = Math.min(usage.cachedTokens, usage.promptTokens)
  const allWritten = Math.min(usage.cacheWriteTokens, usage.promptTokens - allCached)
  const uncached = usage.promptTokens - allCached - allWritten
  const audio = Math.min(Math.max(0, usage.audioTokens - (usage.cachedAudioTokens ?? 0)), uncached)
  const { inputCacheRead: read = prices.prompt, inputCacheWrite: write = prices.prompt } = prices
  const cachedAudio = part(allCached, usage.cachedAudioTokens, isAbove(prices.inputAudioCache, read))
  const writtenForHour = part(allWritten, usage.cacheWrite1hTokens, isAbove(prices.inputCacheWrite1h, write))
  const image = part(uncached - audio, usage.imageTokens, isAbove(prices.imageToken, prices.prompt))
  const reasoning = Math.min(usage.reasoningTokens, usage.completionTokens)
  const output = usage.completionTokens - reasoning
  const { audioOutput: audioPrice, imageOutput: imagePrice } = prices
  const isAudioDearest = isAbove(audioPrice, prices.completion) && !isAbove(imagePrice, audioPrice ?? 0n)
  const audioOutput = part(output, usage.audioOutputTokens, isAudioDearest)
  const imageOutput = part(output - audioOutput, usage.imageOutputTokens, isAbove(imagePrice, prices.completion))
  return {
    plain: uncached - audio - image,
    cached: allCached - cachedAudio,
    cachedAudio,
    written: allWritten - writtenForHour,
    writtenForHour,
    audio,
    image,
    completion: output - audioOutput - imageOutput,
    reasoning,
    audioOutput,
    imageOutput,
  }
}

/** So many of `whole` as were told; where nothing was, all of it if that is dearer. */
function part(whole: number, told: number | undefined, isDearer: boolean): number {
  if (told !== undefined) return Math.min(told, whole)
  return isDearer ? whole : 0
}

function isAbove(price: NanoUsd | undefined, other: NanoUsd): boolean {
  return price !== undefined && price > other
}

/** The most that `promptTokens` of input with these `pieces` and `completionTokens` of output can cost, whatever part of them
 *  turns out to be cached, written, audio, pictures or reasoning, whatever hour it is and whatever tier serves it. */
export function costBound(prices: Prices, promptTokens: number, completionTokens: number, pieces = NO_PIECES): NanoUsd {
  const usual = usualBound(prices, promptTokens, completionTokens, pieces)
  if (prices.tiers === undefined) return usual
  const inTiers = Object.values(prices.tiers).map((tier) => usualBound(tier, promptTokens, completionTokens, pieces))
  return inTiers.reduce(maxNano, usual)
}

function usualBound(prices: Prices, promptTokens: number, completionTokens: number, pieces: Pieces): NanoUsd {
  const scaled =
    BigInt(promptTokens) * dearest(prices, INPUT_PRICES, promptTokens) +
    BigInt(completionTokens) * dearest(prices, OUTPUT_PRICES, promptTokens) +
    pieceCost(prices, pieces) * TOKENS_PER_PRICE
  return divideUp(scaled * (DISCOUNT_SCALE - (prices.discountPpm ?? 0n)), TOKENS_PER_PRICE * DISCOUNT_SCALE)
}

/** How many output tokens `money` buys after the input has been paid for; 0 when it doesn't cover the input, and
 *  `Number.MAX_SAFE_INTEGER` when output is free. */
export function affordableTokens(prices: Prices, money: NanoUsd, promptTokens: number, pieces = NO_PIECES): number {
  const usual = usuallyAffordable(prices, money, promptTokens, pieces)
  if (prices.tiers === undefined) return usual
  const inTiers = Object.values(prices.tiers).map((tier) => usuallyAffordable(tier, money, promptTokens, pieces))
  return Math.min(usual, ...inTiers)
}

function usuallyAffordable(prices: Prices, money: NanoUsd, promptTokens: number, pieces: Pieces): number {
  const input = usualBound(prices, promptTokens, 0, pieces)
  if (input > money) return 0
  const price = dearest(prices, OUTPUT_PRICES, promptTokens)
  const keep = DISCOUNT_SCALE - (prices.discountPpm ?? 0n)
  if (price === 0n || keep === 0n) return Number.MAX_SAFE_INTEGER
  const room = (money - input) * TOKENS_PER_PRICE * DISCOUNT_SCALE
  const tokens = room / (price * keep)
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens)
}

const ONE_OF_ALL: Pieces = { images: 1, searchUnits: 1 }

/** Whether every use of the endpoint costs nothing. */
export function isFree(prices: Prices): boolean {
  return costBound(prices, TOKENS_OF_ALL, TOKENS_OF_ALL, ONE_OF_ALL) === 0n
}

/** Whether no output costs anything, however long the input is and whatever tier serves it. */
export function isOutputFree(prices: Prices): boolean {
  const all = [prices, ...Object.values(prices.tiers ?? {})]
  return all.every((one) => dearest(one, OUTPUT_PRICES, TOKENS_OF_ALL) === 0n)
}

/** Of the prices of some kinds that may hold for an input of at most so many tokens. */
function dearest(prices: Prices, names: readonly TokenPriceName[], promptTokens: number): NanoUsd {
  let most = dearestOf(prices, names)
  if (prices.overrides === undefined) return most
  for (const override of prices.overrides) {
    if (!isLongEnough(override, promptTokens)) continue
    const price = dearestOf(override, names)
    if (price > most) most = price
  }
  return most
}

function dearestOf(prices: PriceOverride, names: readonly TokenPriceName[]): NanoUsd {
  let most = 0n
  for (const name of names) {
    const price = prices[name]
    if (price !== undefined && price > most) most = price
  }
  return most
}
