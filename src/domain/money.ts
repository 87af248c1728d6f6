/** Integer nano-US-dollars (10⁻⁹ $). The only unit of money inside the program; decimals exist on the wire alone. */
export type NanoUsd = bigint

/** The shortest decimal number of dollars for the wire. Exact up to 2⁵³ nano-dollars (nine million dollars). */
export function toUsd(nano: NanoUsd): number {
  return Number(nano) / 1e9
}

/** Nano-dollars of a wire number of dollars, to the nearest nano-dollar. Throws RangeError unless it is finite and its
 *  magnitude is at most a billion dollars: the contract bounds it before. */
export function fromUsd(usd: number): NanoUsd {
  if (!Number.isFinite(usd) || Math.abs(usd) > 1e9) throw new RangeError(`not an amount of dollars: ${usd}`)
  return parseDecimal(usd.toFixed(9), 9)
}

/** `$500.00`: with two decimals, or as many more as it takes. */
export function formatUsd(nano: NanoUsd): string {
  return `$${toUsd(nano)
    .toFixed(9)
    .replace(/0{1,7}$/, '')}`
}

/** `$2.57`, for people: whole cents, or three digits of what is less than a dollar. What is beyond is left away. */
export function roughUsd(nano: NanoUsd): string {
  const digits = String(nano).replace('-', '').length
  const kept = 10n ** BigInt(digits > 9 ? 7 : Math.max(0, digits - 3))
  return formatUsd((nano / kept) * kept)
}

/** `text` (a plain or exponent decimal such as "0.00000015" or "1.5e-7") times 10^`scale` as an integer, rounded up in
 *  magnitude so that a price is never too low. Throws RangeError when it isn't a decimal number. */
export function parseDecimal(text: string, scale: number): bigint {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text.trim())
  if (!match) throw new RangeError(`not a decimal number: ${text}`)
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match
  const shift = scale + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift))
  return sign === '-' ? -magnitude : magnitude
}

/** ⌈a / b⌉ for a ≥ 0, b > 0. */
export function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}

export function minNano(a: NanoUsd, b: NanoUsd): NanoUsd {
  return a < b ? a : b
}

export function maxNano(a: NanoUsd, b: NanoUsd): NanoUsd {
  return a > b ? a : b
}
