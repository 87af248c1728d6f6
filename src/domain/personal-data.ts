import type { BuiltinSlug } from '../contract/management/guardrail-fields.ts'
import { findCredentials } from './credentials-in-text.ts'
import { findIbans } from './ibans.ts'
import { findPersonNames } from './person-names.ts'
import { findPostalAddresses } from './postal-addresses.ts'
import { joinSpans, type Span } from './spans.ts'

/*
 * Finders of personal data, most of forms that are fixed. Each takes a time linear in the text: patterns repeat a bounded number of
 * times and nothing repeats inside a repetition; what looks right is then checked by its own rule.
 */

export type PersonalData = Exclude<BuiltinSlug, 'regex-prompt-injection'>

export const PERSONAL_DATA_FINDERS: Readonly<Record<PersonalData, (text: string) => Span[]>> = {
  email: findEmails,
  phone: (text) => findAll(text, PHONE, isPhone),
  ssn: (text) => findAll(text, SSN, isSsn),
  'credit-card': findCards,
  'person-name': findPersonNames,
  address: findPostalAddresses,
  iban: findIbans,
  credential: findCredentials,
  'ip-address': (text) => joinSpans([...findAll(text, IPV4, isIpv4), ...findAll(text, IPV6, isIpv6)]),
}

/** How much of what stands before a find may tell that it is something else. */
const BEFORE_LENGTH = 24

function findAll(text: string, pattern: RegExp, isRight: (found: string, before: string) => boolean): Span[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: found, index }) =>
    isRight(found, text.slice(Math.max(0, index - BEFORE_LENGTH), index))
      ? [{ start: index, end: index + found.length }]
      : [],
  )
}

const LOCAL_MAX = 64
const DOMAIN_MAX = 253
const LOCAL_CHARACTER = /[\p{L}\p{N}._%+'-]/u
const DOMAIN_CHARACTER = /[\p{L}\p{N}.-]/u
/** As much as ends in a top-level name. */
const DOMAIN = /^(?![.-])[^.]+(?:\.[^.]+){0,20}\.\p{L}{2,24}/u

/** Versions of packages (`pkg@1.0.0-beta.rc`) and pictures for fine screens (`logo@2x.png`). */
const NO_DOMAIN = /^(?:\d{1,4}\.\d{1,4}(?:[.-]|$)|\dx\.[a-z]{3,4}$)/

/** From each `@` outwards, so that a long text without one costs next to nothing. */
function findEmails(text: string): Span[] {
  const spans: Span[] = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = at - localLength(text, at - 1)
    const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + domainLength(text, at + 1)))?.[0]
    if (start < at && domain !== undefined && !NO_DOMAIN.test(domain))
      spans.push({ start, end: at + 1 + domain.length })
  }
  return spans
}

/** How many characters of a local part there are in a row to the left. */
function localLength(text: string, from: number): number {
  let length = 0
  while (length < LOCAL_MAX && LOCAL_CHARACTER.test(text[from - length] ?? '')) length += 1
  return length
}

/** How many characters of a domain there are in a row to the right, without points and hyphens at the end. */
function domainLength(text: string, from: number): number {
  let length = 0
  while (length < DOMAIN_MAX && DOMAIN_CHARACTER.test(text[from + length] ?? '')) length += 1
  while (length > 0 && /[.-]/.test(text[from + length - 1] ?? '')) length -= 1
  return length
}

/** Ten digits of the North American plan, with or without its country code. */
const PHONE = /(?<![\w.+])(?<!\d\d[ -])(?:\+?1[-. ]?)?(?:\(\d{3}\)[-. ]?|\d{3}[-. ]?)\d{3}[-. ]?\d{4}(?![\w]|[-.]\d)/g

/** What ten digits in one piece are, where such a word stands before them. */
const OTHER_NUMBER =
  /(?:\b(?:order|invoice|ticket|case|ref|reference|id|sku|part|serial|tracking|account|acct|po|item|batch|isbn|build|seed|port|bytes|size|offset|count|total|amount|sum|ts|timestamp|epoch|time)(?:[ _-]?(?:no|num|number|id|code))?|[#=$€/\\])["']?[\s.:#=]{0,4}["']?$/i

/** Neither area nor exchange begins with 0 or 1. */
function isPhone(found: string, before: string): boolean {
  const digits = found.replace(/\D/g, '').slice(-10)
  if (!/^[2-9]\d{2}[2-9]/.test(digits)) return false
  return found.length > digits.length || !OTHER_NUMBER.test(before)
}

const SSN = /(?<![\w-])\d{3}([- ])\d{2}\1\d{4}(?![\w]|[-.]\d)/g

/** No area 000, 666 or 900 and up, no group 00, no serial 0000. Source: SSA, 2011 rules of assignment. */
function isSsn(found: string): boolean {
  const [area = '', group, serial] = found.split(/[- ]/)
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000'
}

const CARD_DIGITS_MIN = 13
const CARD_DIGITS_MAX = 19
/** Runs of digits with single blanks or hyphens between; a letter or a point before or behind is no card's. */
const DIGIT_RUN = /\d[\d -]{11,}\d/g

function findCards(text: string): Span[] {
  if (text.search(DIGIT_RUN) < 0) return []
  return [...text.matchAll(DIGIT_RUN)].flatMap(({ 0: run, index }) => {
    const isGlued = /[\w.]/.test(text[index - 1] ?? '') || /\w/.test(text[index + run.length] ?? '')
    return isGlued ? [] : cardsIn(run).map(({ start, end }) => ({ start: index + start, end: index + end }))
  })
}

/** The longest stretches of whole groups that make a valid number; what was used isn't looked at again. */
function cardsIn(run: string): Span[] {
  const groups = [...run.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({ digits, start: index }))
  const spans: Span[] = []
  for (let first = 0; first < groups.length; first += 1) {
    const last = lastGroupOfCard(groups, first)
    const [from, to] = [groups[first], groups[last]]
    if (from === undefined || to === undefined) continue
    spans.push({ start: from.start, end: to.start + to.digits.length })
    first = last
  }
  return spans
}

/** -1 when no number begins with the group. */
function lastGroupOfCard(groups: readonly { digits: string; start: number }[], first: number): number {
  let number = ''
  let found = -1
  for (let at = first; at < groups.length; at += 1) {
    const [before, group] = [groups[at - 1], groups[at]]
    if (group === undefined || number.length + group.digits.length > CARD_DIGITS_MAX) break
    const isApart = at > first && before !== undefined && group.start - before.start - before.digits.length > 1
    if (isApart) break
    number += group.digits
    if (number.length >= CARD_DIGITS_MIN && isCardNumber(number)) found = at
  }
  return found
}

/** How numbers of the networks begin, by their length. Source: ISO/IEC 7812, tables of issuers. */
const VISA = '4'
const MASTERCARD = '5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720'
const OTHERS = '35(?:2[89]|[3-8])|6011|64[4-9]|65|62'
const MAESTRO = '5018|5020|5038|5893|6304|6759|676[1-3]'
const DINERS = '3(?:0[0-5]|[689])'
const NETWORKS: ReadonlyMap<number, RegExp> = new Map(
  [
    `${VISA}|${MAESTRO}`,
    `${DINERS}|${MAESTRO}`,
    `3[47]|${MAESTRO}`,
    `${VISA}|${MASTERCARD}|${OTHERS}|${DINERS}|${MAESTRO}`,
  ]
    .concat([`${OTHERS}|${MAESTRO}`, `${OTHERS}|${MAESTRO}`, `${VISA}|${OTHERS}|${MAESTRO}`])
    .map((begins, index) => [CARD_DIGITS_MIN + index, new RegExp(`^(?:${begins})`)]),
)

/** By the first digits and the lengths of the networks and by the Luhn sum (ISO/IEC 7812-1). */
export function isCardNumber(digits: string): boolean {
  if (NETWORKS.get(digits.length)?.test(digits) !== true) return false
  let sum = 0
  for (let fromRight = 0; fromRight < digits.length; fromRight += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - fromRight) - 48
    const weighed = fromRight % 2 === 1 ? digit * 2 : digit
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  return sum % 10 === 0
}

const IPV4 = /(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w]|[.-]\d)/g

/** Four numbers behind such a word are a version or a place in a document. */
const VERSION_WORD =
  /(?:\b(?:version|ver|release|build|firmware|driver|section|chapter|clause|rev|revision|v)|§)[\s.:=]{0,3}$/i

function isIpv4(found: string, before = ''): boolean {
  if (VERSION_WORD.test(before)) return false
  return found.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part)
}

const IPV6 = /(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:\d{0,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})?(?![\w:])/g

/** Eight groups, or fewer with one `::`; a name such as `a::b`, which has no digit, is none. */
function isIpv6(found: string): boolean {
  if (!found.includes(':') || !/\d/.test(found)) return false
  const v4 = /[^:]*\.[^:]*$/.exec(found)?.[0]
  if (v4 !== undefined && !isIpv4(v4)) return false
  const text = v4 === undefined ? found : `${found.slice(0, -v4.length)}0:0`
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8
}
