/** What is done to a text so that it is JSON. */
export const REPAIRS = ['extracted', 'brackets', 'commas', 'keys', 'strings', 'literals', 'comments'] as const
export type Repair = (typeof REPAIRS)[number]

const DEPTH_MAX = 128
const SPACE = /\s+/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y
const NAME = /[\p{L}_$][\p{L}\p{N}_$-]*/uy
const WORDS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['undefined', 'null'],
  ['NaN', 'null'],
])
const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '\u201c': '\u201d', '\u201d': '\u201d' }
const ESCAPES = '"\\/bfnrt'
const CONTROL: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Reads one object or list that is JSON but for the slips that models make, and writes it as JSON: names without quotes, other
 * quotes, missing and needless commas, comments, words of other languages, an end that didn't come. Numbers stay as they
 * are written. Linear in what it reads; gives up at what it can't tell the meaning of.
 */
export class JsonMender {
  readonly begin: number
  readonly repairs = new Set<Repair>()
  readonly #text: string
  readonly #pieces: string[] = []
  #at: number
  #depth = 0
  /** False where the text ended before it did. */
  isComplete = true
  /** Whether it holds any value. */
  hasContent = false

  constructor(text: string, begin: number) {
    this.#text = text
    this.begin = begin
    this.#at = begin
  }

  /** Whether it is JSON now. To be called once. */
  mend(): boolean {
    return this.#value()
  }

  get mended(): string {
    return this.#pieces.join('')
  }

  /** Behind the last character that belongs to it. */
  get end(): number {
    return this.#at
  }

  get length(): number {
    return this.#at - this.begin
  }

  #value(): boolean {
    const first = this.#text[this.#at]
    if (first === '{') return this.#collection('}', () => this.#member())
    if (first === '[') return this.#collection(']', () => this.#value())
    if (first !== undefined && first in CLOSING) return this.#string()
    return this.#number() || this.#word()
  }

  /** `read` reads one of what is in it, and writes it. */
  #collection(closing: '}' | ']', read: () => boolean): boolean {
    if (this.#depth >= DEPTH_MAX) return false
    this.#depth += 1
    this.#pieces.push(this.#text[this.#at] ?? '')
    this.#at += 1
    let count = 0
    while (!this.#isAtEnd(closing)) {
      const mark = this.#pieces.length
      if (count > 0) this.#pieces.push(',')
      if (!read()) {
        if (this.#at < this.#text.length) return false
        // What the end has cut off is left out.
        this.#pieces.length = mark
        this.#noteEnd()
        break
      }
      count += 1
      this.hasContent = true
      this.#separator(closing)
    }
    this.#pieces.push(closing)
    this.#depth -= 1
    return true
  }

  /** Whether a collection is over: at its bracket, at that of what it is in, or at the end of the text. */
  #isAtEnd(closing: '}' | ']'): boolean {
    this.#skip()
    const next = this.#text[this.#at]
    if (next === closing) {
      this.#at += 1
      return true
    }
    if (next !== undefined && (next !== (closing === '}' ? ']' : '}') || this.#depth < 2)) return false
    this.repairs.add('brackets')
    if (next === undefined) this.#noteEnd()
    return true
  }

  /** The text ends too early. */
  #noteEnd(): void {
    this.isComplete = false
    this.repairs.add('brackets')
  }

  /** One comma between two, none before the end; any other number is put right. */
  #separator(closing: '}' | ']'): void {
    this.#skip()
    let commas = 0
    while (this.#text[this.#at] === ',') {
      commas += 1
      this.#at += 1
      this.#skip()
    }
    const next = this.#text[this.#at]
    if (next === undefined) return
    const isLast = next === closing || ((next === '}' || next === ']') && this.#depth > 1)
    if (commas !== (isLast ? 0 : 1)) this.repairs.add('commas')
  }

  #member(): boolean {
    const first = this.#text[this.#at]
    const isRead = first !== undefined && first in CLOSING ? this.#string() : this.#name()
    if (!isRead) return false
    this.#skip()
    if (this.#text[this.#at] !== ':') return false
    this.#at += 1
    this.#pieces.push(':')
    this.#skip()
    return this.#value()
  }

  #name(): boolean {
    const name = this.#take(NAME) ?? this.#take(NUMBER)
    if (name === undefined) return false
    this.repairs.add('keys')
    this.#pieces.push(JSON.stringify(name))
    return true
  }

  #number(): boolean {
    const number = this.#take(NUMBER)
    if (number === undefined) return false
    this.#pieces.push(number)
    return true
  }

  #word(): boolean {
    const name = this.#take(NAME)
    const word = name === undefined ? undefined : WORDS.get(name)
    if (word === undefined) return false
    if (word !== name) this.repairs.add('literals')
    this.#pieces.push(word)
    return true
  }

  #string(): boolean {
    const opening = this.#text[this.#at] ?? ''
    const closing = CLOSING[opening]
    if (opening !== '"') this.repairs.add('strings')
    this.#at += 1
    this.#pieces.push('"')
    for (;;) {
      this.#plain()
      const next = this.#text[this.#at]
      if (next === undefined) {
        this.#noteEnd()
        break
      }
      this.#at += 1
      if (next === closing) break
      this.#pieces.push(next === '\\' ? this.#escape() : this.#bare(next))
    }
    this.#pieces.push('"')
    return true
  }

  /** What may stand in a string as it is. */
  #plain(): void {
    const begin = this.#at
    for (let next = this.#text[this.#at]; next !== undefined; next = this.#text[this.#at]) {
      if (next < ' ' || next === '\\' || next in CLOSING) break
      this.#at += 1
    }
    if (this.#at > begin) this.#pieces.push(this.#text.slice(begin, this.#at))
  }

  /** Behind a backslash. */
  #escape(): string {
    const next = this.#text[this.#at]
    if (next === undefined) return ''
    if (next === 'u' && /^[\da-fA-F]{4}$/.test(this.#text.slice(this.#at + 1, this.#at + 5))) {
      this.#at += 1
      return '\\u'
    }
    if (ESCAPES.includes(next)) {
      this.#at += 1
      return `\\${next}`
    }
    this.repairs.add('strings')
    // A quote that needs no backslash here, or a backslash that is meant as it stands.
    if (next !== "'") return '\\\\'
    this.#at += 1
    return "'"
  }

  /** A character that ends no string here and may not stand in JSON as it is, or may. */
  #bare(character: string): string {
    if (character === '"') return '\\"'
    if (character >= ' ') return character
    this.repairs.add('strings')
    return CONTROL[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  }

  #skip(): void {
    for (;;) {
      if (this.#take(SPACE) !== undefined) continue
      if (this.#text[this.#at] !== '/' || this.#take(COMMENT) === undefined) return
      this.repairs.add('comments')
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined || found === '') return undefined
    this.#at += found.length
    return found
  }
}
