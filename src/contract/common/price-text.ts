/** Decimal places of a token price in dollars: one nano-dollar per million tokens. */
export const TOKEN_PRICE_SCALE = 15
/** Decimal places of a price per request, picture or search in dollars. */
export const UNIT_PRICE_SCALE = 9
/** Dearer ones are typing errors, and sums of them would leave the range of the ledger. */
const USD_MAX = 1_000n

/** Keys of the official Pricing object that are dollars per token. */
export const TOKEN_PRICE_KEYS = [
  'prompt',
  'completion',
  'image_token',
  'image_output',
  'audio',
  'audio_output',
  'input_audio_cache',
  'input_cache_read',
  'input_cache_write',
  'input_cache_write_1h',
  'internal_reasoning',
] as const
/** Keys of the official Pricing object that are dollars per one request, picture or search; `search_unit` is ours. */
export const UNIT_PRICE_KEYS = ['request', 'image', 'web_search', 'search_unit'] as const

export type TokenPriceKey = (typeof TOKEN_PRICE_KEYS)[number]
export type UnitPriceKey = (typeof UNIT_PRICE_KEYS)[number]

/** Why `text` can't be the price called `key`, or undefined when it can. */
export function priceProblem(key: string, text: string): string | undefined {
  const match = /^(-?)(\d{1,9})(?:\.(\d{1,40}))?(?:[eE]-(\d{1,2}))?$/.exec(text)
  if (!match) return 'must be a decimal string of US dollars, such as "0.00000015"'
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (sign === '-') return 'must not be negative'
  const digits = BigInt(whole + fraction)
  const unit = 10n ** BigInt(fraction.length + Number(exponent))
  if (digits > USD_MAX * unit) return 'must be at most 1,000 dollars'
  const isUnit = (UNIT_PRICE_KEYS as readonly string[]).includes(key)
  const scale = isUnit ? UNIT_PRICE_SCALE : TOKEN_PRICE_SCALE
  if ((digits * 10n ** BigInt(scale)) % unit === 0n) return undefined
  return isUnit
    ? 'is finer than a nano-dollar (9 decimal places)'
    : 'is finer than a nano-dollar per million tokens (15 decimal places)'
}

/** Why `discount` can't be one, or undefined when it can. */
export function discountProblem(discount: number): string | undefined {
  if (!(discount >= 0 && discount <= 1)) return 'must be between 0 and 1'
  return Number.isInteger(Math.round(discount * 1e12) / 1e6) ? undefined : 'must not be finer than a millionth'
}
