const NANO_DIGITS = 9

/**
 * Dollars as people read them: cents from a dollar on, below it the digits that matter, and never in scientific notation.
 * `amount` has at most nine decimals that count.
 */
export function formatMoney(amount: number): string {
  if (amount === 0) return '$0.00'
  const size = Math.abs(amount)
  const sign = amount < 0 ? '−' : ''
  if (size >= 1)
    return `${sign}$${size.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  return `${sign}$${significant(size)}`
}

/** All nine decimals that are kept, without zeros at the end beyond cents. */
export function formatExactMoney(amount: number): string {
  const sign = amount < 0 ? '−' : ''
  const [whole = '0', decimals = ''] = Math.abs(amount).toFixed(NANO_DIGITS).split('.')
  return `${sign}$${Number(whole).toLocaleString('en-US')}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`
}

/** A price of one token, which the catalogue gives as a text, for a million of them. */
export function formatTokenPrice(perToken: string | undefined): string {
  const price = Number(perToken ?? 0) * 1_000_000
  return price === 0 ? 'free' : formatMoney(Math.round(price * 1e6) / 1e6)
}

/** Below a dollar: three digits that matter, at least cents. */
function significant(size: number): string {
  const leadingZeros = Math.max(0, Math.floor(-Math.log10(size)))
  const digits = Math.min(NANO_DIGITS, Math.max(2, leadingZeros + (size < 0.01 ? 2 : 3)))
  return size.toFixed(digits).replace(/(\.\d{2}\d*?)0+$/, '$1')
}
