import { joinSpans, type Span } from './spans.ts'

/*
 * Postal addresses as they are written in the United States, the United Kingdom and where German is spoken: a number and a
 * street, with the town behind where it is given. By form alone: a village without streets, a house with a name or a form of
 * another country isn't found. Linear in the text: patterns repeat a bounded number of times.
 */

const WORD = String.raw`(?:\p{Lu}[\p{L}.'’-]{0,29}|\d{1,3}(?:st|nd|rd|th))`
const SURE = 'Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Parkway|Pkwy|Terrace|Crescent|Mews|Highway|Hwy'
/** Also the ends of other names: taken only with a town, a flat or a code behind. */
const UNSURE =
  'Drive|Dr|Way|Place|Pl|Court|Ct|Close|Square|Sq|Circle|Cir|Gardens|Row|Grove|Hill|Walk|Green|Trail|Broadway'
const NUMBER = String.raw`(?<![\p{L}\d.,:/$€£#-])\d{1,6}[A-Za-z]?(?:-\d{1,5})?`
const QUARTER = String.raw`(?: (?:NE|NW|SE|SW|N|S|E|W)(?!\p{L}))?`
const UNIT = String.raw`(?:,? {1,2}(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm)\.? ?#?[\dA-Z][\w-]{0,5}|#\d[\w-]{0,5}))`
const TOWN = String.raw`\p{Lu}[\p{L}.'’-]{1,29}(?: \p{L}[\p{L}.'’-]{0,29}){0,3}`
const ZIP = String.raw`[A-Z]{2},? \d{5}(?:-\d{4})?(?!\d)`
const POSTCODE = String.raw`[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![\p{L}\d])`
const BREAK = String.raw`(?:, {0,2}|,? {0,2}\n {0,4})`
const CODED_TOWN = String.raw`(?:${BREAK}${TOWN}){0,2}(?:${BREAK}| )(?:${ZIP}|${POSTCODE}|\d{5}(?:-\d{4})?(?!\d))`
const US_TOWN = String.raw`${BREAK}${TOWN}, {0,2}[A-Z]{2}(?!\p{L})`
const TAIL = `(?:${CODED_TOWN}|${US_TOWN})`

const STREET_WITH_TOWN = form(
  String.raw`${NUMBER},? (?:${WORD} ){1,4}(?:${SURE}|${UNSURE})(?!\p{L})\.?${QUARTER}${UNIT}?${TAIL}`,
)
const STREET_WITH_UNIT = form(
  String.raw`${NUMBER},? (?:${WORD} ){1,4}(?:${SURE}|${UNSURE})(?!\p{L})\.?${QUARTER}${UNIT}`,
)
const STREET = form(String.raw`${NUMBER},? (?:${WORD} ){1,4}(?:${SURE})(?!\p{L})${QUARTER}`)
const BROADWAY = form(`${NUMBER} Broadway${UNIT}?${TAIL}`)

const GERMAN_NUMBER = String.raw`\d{1,4} ?(?:[a-z](?!\p{L}))?(?: ?[-/] ?\d{1,4}[a-z]?)?(?![\p{L}\d%€])`
const GERMAN_TOWN = String.raw`(?:${BREAK}(?:(?:D|A|CH)-)?\d{4,5} \p{Lu}[\p{L}.-]{1,29}(?: (?:am|an der|im|bei|ob der|\p{Lu}[\p{L}.-]{0,29})){0,3})`
const BOX = form(
  String.raw`(?<!\p{L})(?:P\. ?O\. ?Box|PO Box|Postfach) \d{1,6}(?: \d{1,4}){0,3}(?:${GERMAN_TOWN}|${TAIL})?`,
)
const GERMAN_STREET = form(
  String.raw`(?<!\p{L})(?!(?:D(?:er|ie|as)|Ein|Eine|Diese[rs]?) )(?:\p{Lu}\p{L}{1,30}[ -]){0,2}(?:(?<=[ -])(?:Allee|Platz|Weg|Ring|Ufer|Damm|Straße|Strasse|Str\.)|\p{Lu}\p{L}{1,30}(?:straße|strasse|str\.|gasse|allee|chaussee|damm|ufer|weg|platz|ring)) ${GERMAN_NUMBER}${GERMAN_TOWN}?`,
)
const GERMAN_WITH_TOWN = form(
  String.raw`(?<!\p{L})\p{Lu}\p{L}{1,30}(?: \p{L}{2,30}){0,3} ${GERMAN_NUMBER}${GERMAN_TOWN}`,
)

/** A number behind these counts something else than houses. */
const COUNTED =
  /(?:chapter|section|figure|table|page|version|part|episode|season|level|step|rule|article|act|scene|top|no\.?|nr\.?|top|windows|over|than)\s$/i

export function findPostalAddresses(text: string): Span[] {
  // Every form has a digit; most texts have none or few.
  if (!/\d/.test(text)) return []
  const sure = [STREET_WITH_TOWN, STREET_WITH_UNIT, BROADWAY, BOX, GERMAN_STREET, GERMAN_WITH_TOWN].flatMap((pattern) =>
    findAll(text, pattern),
  )
  const plain = findAll(text, STREET).filter(({ start, end }) => isHouse(text, start, end))
  return joinSpans([...sure, ...plain])
}

function findAll(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    start: index,
    end: index + found.trimEnd().length,
  }))
}

/** Counted things that a street may be made of: `a 4 Lane Highway`. */
const THINGS = /^\d{1,6} (?:Lane|Star|Hour|Minute|Day|Mile|Step|Year|Way|Best|Main points)(?!\p{L})/u

/** Not a year before a famous street, nor the number of a chapter. */
function isHouse(text: string, start: number, end: number): boolean {
  if (COUNTED.test(text.slice(Math.max(0, start - 12), start))) return false
  if (THINGS.test(text.slice(start, end))) return false
  return !/^(?:19|20)\d\d (?:Wall|Main|High|Fleet|Downing)/.test(text.slice(start, end))
}

function form(source: string): RegExp {
  return new RegExp(source, 'gu')
}
