import { GIVEN_NAMES } from './given-names.ts'
import { joinSpans, type Span } from './spans.ts'

/*
 * Names of people, by the words around them: a title before, a phrase that introduces somebody, a field of a form, a greeting
 * or a signature, or a well-known given name before a surname. No language model: a name that stands for itself isn't found
 * unless its given name is well known. What looks like a name is cut at words that no name has. Linear in the text:
 * patterns repeat a bounded number of times.
 */

const WORD = String.raw`\p{Lu}\p{L}{0,29}(?:['’-]\p{L}{1,30}){0,2}`
const PART = String.raw`(?:\p{Lu}\.|${WORD})`
const PARTICLE = '(?:(?:van|von|der|den|de|del|della|da|di|la|le|bin|ibn|al|el|zu|zur|ter|ten|dos|du) ){0,3}'
/** Up to five words on one line. */
const NAME = `${PARTICLE}${PART}(?: ${PARTICLE}${PART}){0,4}`
const TITLE = '(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Herrn?|Frau|Monsieur|Madame|Señora?)'

/** Before the name, which is what is found. */
const LEADS: readonly RegExp[] = [
  String.raw`(?<![\p{L}\d])(?:${TITLE}\.? ){1,3}`,
  String.raw`(?<!\p{L})(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir) (?:(?:full|legal|first|last|maiden) )?name(?: is|'s|’s) `,
  String.raw`(?<!\p{L})(?:[Mm]ein Name ist|[Ii]ch hei(?:ß|ss)e|[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i nombre es|[Mm]on nom est|[Mm]i chiamo) `,
  String.raw`(?<!\p{L})(?:[Yy]ou can |[Pp]lease |[Jj]ust )?[Cc]all me `,
  String.raw`(?<!\p{L})[Mm]y (?:wife|husband|partner|son|daughter|brother|sister|mother|father|boss|manager|doctor|friend|colleague|neighbou?r|landlord|roommate)(?: is (?:called |named )?|,? named |,? called |,? )`,
  String.raw`(?<!\p{L})(?:patient|customer|client|employee|colleague|applicant|tenant|student|somebody|someone|man|woman|person|boy|girl) (?:is )?(?:named|called) `,
  String.raw`(?<!\p{L})["']?(?:[Ff]ull[ _]?[Nn]ame|[Ff]irst[ _]?[Nn]ame|[Ll]ast[ _]?[Nn]ame|[Ss]urname|[Pp]atient(?:[ _][Nn]ame)?|[Cc]ardholder(?:[ _][Nn]ame)?|[Cc]ustomer[ _][Nn]ame|[Cc]ontact[ _](?:[Nn]ame|[Pp]erson)|[Ee]mployee(?:[ _][Nn]ame)?|[Aa]pplicant|Vorname|Nachname|Prénom|Nombre|Attn\.?|Signed(?: by)?)["']? {0,3}[:=] {0,3}["']?`,
  String.raw`(?:^|\n) {0,4}(?:[Bb]est|[Kk]ind|[Ww]arm)(?:est)? (?:regards|wishes),?\s{1,4}`,
  String.raw`(?:^|\n) {0,4}(?:Regards|Best|Sincerely|Yours (?:sincerely|faithfully|truly)|Sincerely yours|Cheers|(?:Viele |Mit freundlichen |Liebe )Grüßen?|Cordialement),?\n\s{0,4}`,
].map((lead) => new RegExp(`(${lead})(?=(${NAME}))`, 'gu'))

/** Where one word could be anything: followed by what ends a greeting, or of two words and more. */
const GREETING = new RegExp(
  String.raw`((?:^|\n) {0,4}(?:Dear|Hi|Hello|Hey|Liebe[r]?|Cher|Chère|Estimad[oa]|Querid[oa]) )(${NAME})(?=[,!:]? {0,3}(?:\n|$)|,)`,
  'gu',
)
const INTRODUCTION = new RegExp(
  String.raw`((?<!\p{L})(?:I am|I['’]m|[Ii]ch bin|[Mm]eet) )(${PART}(?: ${PARTICLE}${PART}){1,4})`,
  'gu',
)
const CALLER = new RegExp(
  String.raw`((?<!\p{L})[Tt]his is )(${NAME})(?= (?:speaking|calling|here|from)(?!\p{L}))`,
  'gu',
)
const ANY_NAME = new RegExp(String.raw`(?<![\p{L}\d'’-])(${WORD})((?: ${PARTICLE}${PART}){1,3})`, 'gu')

/** What stands where names stand and is none, or what nothing but a place, a firm or a thing is called. */
const NO_NAME = new Set(
  `all there team everyone everybody world friend friends folks sir sirs madam customer customers colleague colleagues hiring recruiter
  support editor editors committee members member student students valued user users reader readers sales santa claude chatgpt siri alexa
  gpt assistant universe america president minister chancellor senator governor secretary chairman director manager ambassador
  street st avenue ave road rd lane drive boulevard square bridge river lake mount mountain island islands bay beach valley park
  garden gardens city county state university college school institute academy hospital clinic church cathedral museum library hotel
  airport station stadium arena theatre theater center centre building tower hall house castle palace prison bank inc ltd llc corp
  gmbh ag corporation company foundation association society club group holdings partners studios records press times post news
  award prize cup medal act law theorem conjecture lemma equation constant effect syndrome disease test scale method principle
  paradox day night week month year street's monday tuesday wednesday thursday friday saturday sunday january february march april
  june july august september october november december the a an and or of in on at to for from with by as is was
  english american british german french spanish italian chinese japanese indian canadian european ok okay yes no not sure sorry
  happy glad looking here new thanks thank please re fwd i it we you he she they what how when where why who which because but so if
  tomorrow today tonight later maybe back anytime name nachname vorname surname signed
  word office excel windows google microsoft apple amazon facebook`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

export function findPersonNames(text: string): Span[] {
  const introduced = [...LEADS, GREETING, INTRODUCTION, CALLER].flatMap((form) =>
    [...text.matchAll(form)].flatMap(({ 1: lead = '', 2: name = '', index }) => nameAt(name, index + lead.length)),
  )
  return joinSpans([...introduced, ...findKnownNames(text)])
}

/** The words of the name up to one that no name has. */
function nameAt(name: string, start: number): Span[] {
  let end = 0
  for (const { 0: word, index } of name.matchAll(/\S+/g)) {
    if (NO_NAME.has(plain(word))) break
    end = index + word.length
  }
  const length = trimmedLength(name.slice(0, end))
  return length > 1 ? [{ start, end: start + length }] : []
}

/** A well-known given name and what follows, unless that makes a place, a firm or a thing of it. */
function findKnownNames(text: string): Span[] {
  return [...text.matchAll(ANY_NAME)].flatMap(({ 1: first = '', 2: rest = '', index }) => {
    // The first words may belong to the sentence: `Yesterday Anna Smith`.
    const words = [...`${first}${rest}`.matchAll(/\S+/g)].map(({ 0: word, index: at }) => ({ word, at }))
    if (words.some(({ word }) => NO_NAME.has(plain(word)) && !/^\p{Ll}/u.test(word))) return []
    const from = words.findIndex(({ word }, at) => GIVEN_NAMES.has(plain(word)) && at + 1 < words.length)
    const begin = words[from]
    if (begin === undefined) return []
    const length = trimmedLength(`${first}${rest}`)
    return [{ start: index + begin.at, end: index + length }]
  })
}

/** Without a particle or an initial's neighbour that was left at the end. */
function trimmedLength(name: string): number {
  return name.replace(/(?: (?:\p{Ll}+))+$/u, '').trimEnd().length
}

function plain(word: string): string {
  return word
    .toLowerCase()
    .replace(/['’]s$/, '')
    .replace(/[.,'’]+$/, '')
}
