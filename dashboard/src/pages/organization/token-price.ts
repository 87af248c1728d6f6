const PLACES = 6

/** A price of one token in dollars, as the contract gives it, for a million of them: the same digits, moved. */
export function perMillion(perToken: string): string {
  const [, mantissa = perToken, exponent = '0'] = /^(.+?)(?:[eE](-?\d+))?$/.exec(perToken) ?? []
  return moved(mantissa, PLACES + Number(exponent))
}

/** The other way round. What is no price is left as it is: the server says what is wrong with it. */
export function perToken(perMillionTokens: string): string {
  return moved(perMillionTokens.trim(), -PLACES)
}

/** The decimal point moved to the right by so many places, with no digit lost. */
function moved(text: string, places: number): string {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(text)
  if (match === null) return text
  const [, whole = '', fraction = ''] = match
  const point = whole.length + places
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${fraction}`.padEnd(Math.max(point, 0), '0')
  const at = Math.max(point, 1)
  const head = digits.slice(0, at).replace(/^0+(?=\d)/, '')
  const tail = digits.slice(at).replace(/0+$/, '')
  return tail === '' ? head : `${head}.${tail}`
}
