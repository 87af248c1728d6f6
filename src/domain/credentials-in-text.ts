import { joinSpans, type Span } from './spans.ts'

/*
 * Keys of services, by the prefixes that these give them so that they can be found, and by what must follow. Repetitions are
 * bounded and none stands inside another.
 */

const WITH_PREFIX: readonly RegExp[] = [
  /(?:AKIA|ASIA)[A-Z2-7]{16}/,
  /gh[opsur]_[A-Za-z0-9]{36,255}/,
  /github_pat_[A-Za-z0-9_]{22,255}/,
  /glpat-[A-Za-z0-9_-]{20,64}/,
  /xox[abeoprs]-[A-Za-z0-9-]{10,250}/,
  /[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}/,
  /whsec_[A-Za-z0-9+/=]{24,100}/,
  /AIza[A-Za-z0-9_-]{35}/,
  /npm_[A-Za-z0-9]{36}/,
  /pypi-[A-Za-z0-9_-]{50,250}/,
  /hf_[A-Za-z0-9]{30,60}/,
  /gsk_[A-Za-z0-9]{40,60}/,
  /SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/,
  /dop_v1_[0-9a-f]{64}/,
  /\d{8,10}:AA[A-Za-z0-9_-]{33}/,
]
const PREFIXED = new RegExp(
  `(?<![A-Za-z0-9_-])(?:${WITH_PREFIX.map(({ source }) => source).join('|')})(?![A-Za-z0-9])`,
  'g',
)
/** `sk-` stands before names too; only one with a long run of letters and digits mixed is a key. */
const SK = /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,250}/g
const RANDOM_RUN = /[A-Za-z0-9]{16,250}/g
const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8192}(?:\.[A-Za-z0-9_-]{8,16384}){2,4}/g
const PRIVATE_KEY_BEGIN = /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----/g
const PRIVATE_KEY_END = 'PRIVATE KEY-----'
const PRIVATE_KEY_LENGTH_MAX = 16_384

/** Keys of well-known services, JSON web tokens and private keys. */
export function findCredentials(text: string): Span[] {
  return joinSpans([
    ...findAll(text, PREFIXED, () => true),
    ...findAll(text, SK, (found) => [...found.matchAll(RANDOM_RUN)].some(({ 0: run }) => isMixed(run))),
    ...findAll(text, JWT, hasAlgorithm),
    ...findPrivateKeys(text),
  ])
}

function findAll(text: string, pattern: RegExp, isRight: (found: string) => boolean): Span[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: found, index }) =>
    isRight(found) ? [{ start: index, end: index + found.length }] : [],
  )
}

function isMixed(run: string): boolean {
  return /\d/.test(run) && /[A-Za-z]/.test(run)
}

/** A token's header names how it is signed or encrypted. Source: RFC 7515, section 4.1.1. */
function hasAlgorithm(token: string): boolean {
  const header = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('latin1')
  return /"alg"\s{0,4}:/.test(header)
}

/** With what stands between its lines; one that is cut off, up to where the text or the greatest length ends. */
function findPrivateKeys(text: string): Span[] {
  return [...text.matchAll(PRIVATE_KEY_BEGIN)].map(({ 0: begin, index: start }) => {
    const at = text.slice(start + begin.length, start + PRIVATE_KEY_LENGTH_MAX).indexOf(PRIVATE_KEY_END)
    const end = at < 0 ? start + PRIVATE_KEY_LENGTH_MAX : start + begin.length + at + PRIVATE_KEY_END.length
    return { start, end: Math.min(end, text.length) }
  })
}
