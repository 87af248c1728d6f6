import type { Span } from './spans.ts'

/** Characters of an IBAN by country. Source: SWIFT, IBAN registry. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

const BEGIN = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g
const SEPARATORS = ' \u00a0-'

/** International bank account numbers, in one piece or in groups, by the length of their country and their check digits. */
export function findIbans(text: string): Span[] {
  return [...text.matchAll(BEGIN)].flatMap(({ 0: begin, index: start }) => {
    const length = LENGTHS[begin.slice(0, 2).toUpperCase()]
    const found = length === undefined ? undefined : readNumber(text, start, length)
    return found !== undefined && isIban(found.number) ? [{ start, end: found.end }] : []
  })
}

/** So many characters with at most one separator between two; undefined where there are fewer, or more follow at once. */
function readNumber(text: string, start: number, length: number): { number: string; end: number } | undefined {
  let number = ''
  let at = start
  while (number.length < length) {
    if (number !== '' && SEPARATORS.includes(text[at] ?? '?')) at += 1
    if (!isLetterOrDigit(text, at)) return undefined
    number += text[at]
    at += 1
  }
  return isLetterOrDigit(text, at) ? undefined : { number: number.toUpperCase(), end: at }
}

function isLetterOrDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

/** By its check digits, mod 97 (ISO 7064). Upper case, without separators. */
function isIban(number: string): boolean {
  let rest = 0
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
