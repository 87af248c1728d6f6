/**
 * As much of Go's templates, and of the functions that Helm adds, as the chart in `deploy/helm` uses; of anything else it throws.
 * Where there is a `helm`, a test compares what both make of the chart.
 */

type Scope = ReadonlyMap<string, unknown>
interface Place {
  dot: unknown
  variables: Scope
}
type Node = (place: Place) => string
type Value = (place: Place) => unknown
/** What is looked up by name in a map. Throws where it isn't there. */
export type Lookup = (map: Readonly<Record<string, unknown>>, key: string) => unknown

const ACTION = /\{\{(-)?\s*([\s\S]*?)\s*(-)?\}\}/g
const TOKEN = /"[^"]*"|\$?[\w]*(?:\.\w+)+|\$\w*|\.|[A-Za-z]\w*|\d+|:=|[|(),]/g

export class TemplateSet {
  readonly #defined = new Map<string, Node>()
  readonly #lookup: Lookup

  constructor(lookup: Lookup) {
    this.#lookup = lookup
  }

  render(text: string, root: unknown): string {
    const parser = new Parser(text, this.#defined, this.#lookup)
    return parser.whole()({ dot: root, variables: new Map([['$', root]]) })
  }
}

class Parser {
  readonly #parts: { text?: string; action?: string }[] = []
  readonly #defined: Map<string, Node>
  readonly #lookup: Lookup
  #at = 0

  constructor(text: string, defined: Map<string, Node>, lookup: Lookup) {
    this.#defined = defined
    this.#lookup = lookup
    let [end, trims] = [0, false]
    const put = (part: string, trimsEnd: boolean) => {
      const begun = trims ? part.trimStart() : part
      this.#parts.push({ text: trimsEnd ? begun.trimEnd() : begun })
    }
    for (const match of text.matchAll(ACTION)) {
      put(text.slice(end, match.index), match[1] !== undefined)
      if (!match[2]?.startsWith('/*')) this.#parts.push({ action: match[2] ?? '' })
      end = match.index + match[0].length
      trims = match[3] !== undefined
    }
    put(text.slice(end), false)
  }

  whole(): Node {
    const node = this.#until([])
    if (this.#at < this.#parts.length) throw new Error(`${this.#parts[this.#at]?.action} without a beginning`)
    return node
  }

  /** Everything before an action that begins with one of these words. */
  #until(ends: readonly string[]): Node {
    const nodes: ((place: Place) => { text: string; variables?: Scope })[] = []
    for (; this.#at < this.#parts.length; this.#at += 1) {
      const { text, action } = this.#parts[this.#at] ?? {}
      if (action === undefined) {
        nodes.push(() => ({ text: text ?? '' }))
        continue
      }
      const [word = '', ...rest] = tokensOf(action)
      if (ends.includes(word)) break
      this.#at += 1
      nodes.push(this.#action(word, rest, action))
      this.#at -= 1
    }
    return (place) => {
      let { variables } = place
      let output = ''
      for (const node of nodes) {
        const made = node({ dot: place.dot, variables })
        output += made.text
        variables = made.variables ?? variables
      }
      return output
    }
  }

  #action(word: string, rest: readonly string[], action: string) {
    if (word === 'define') return this.#define(unquoted(rest[0] ?? ''))
    if (word === 'if' || word === 'with') return this.#choice(word, rest)
    if (word === 'range') return this.#range(rest)
    if (rest[0] === ':=') {
      const value = this.#expression(rest.slice(1))
      return (place: Place) => ({ text: '', variables: new Map([...place.variables, [word, value(place)]]) })
    }
    const value = this.#expression(tokensOf(action))
    return (place: Place) => ({ text: String(value(place)) })
  }

  #define(name: string) {
    this.#defined.set(name, this.#body())
    return () => ({ text: '' })
  }

  #body(): Node {
    const node = this.#until(['end'])
    if (this.#at >= this.#parts.length) throw new Error('an {{ end }} is missing')
    this.#at += 1
    return node
  }

  #choice(word: 'if' | 'with', tokens: readonly string[]) {
    const condition = this.#expression(tokens)
    const body = this.#body()
    return (place: Place) => {
      const value = condition(place)
      if (!isTrue(value)) return { text: '' }
      return { text: body(word === 'with' ? { ...place, dot: value } : place) }
    }
  }

  #range(tokens: readonly string[]) {
    const assigned = tokens.indexOf(':=')
    const names = tokens.slice(0, Math.max(assigned, 0)).filter((token) => token !== ',')
    const list = this.#expression(tokens.slice(assigned + 1))
    const body = this.#body()
    return (place: Place) => {
      const found = list(place)
      const entries = Array.isArray(found) ? [...found.entries()] : Object.entries(found as object).toSorted()
      const texts = entries.map(([key, value]: [unknown, unknown]) => {
        const set = names.length === 2 ? [key, value] : [value]
        const variables = new Map([...place.variables, ...names.map((name, at) => [name, set[at]] as const)])
        return body({ dot: value, variables })
      })
      return { text: texts.join('') }
    }
  }

  /** A pipeline: the value of each part is the last argument of the next. */
  #expression(tokens: readonly string[]): Value {
    const parts = splitAt(tokens, '|').map((part) => this.#call(part))
    return (place) => parts.reduce<unknown>((piped, part, at) => part(place, at === 0 ? [] : [piped]), undefined)
  }

  #call(tokens: readonly string[]): (place: Place, piped: readonly unknown[]) => unknown {
    const [first = '', ...rest] = tokens
    if (!/^[A-Za-z]/.test(first)) {
      const [value, ...others] = this.#operands(tokens)
      if (value === undefined || others.length > 0) throw new Error(`${tokens.join(' ')} is no value`)
      return value
    }
    const operands = this.#operands(rest)
    return (place, piped) => this.#apply(first, [...operands.map((operand) => operand(place)), ...piped], place)
  }

  #operands(tokens: readonly string[]): Value[] {
    const values: Value[] = []
    for (let at = 0; at < tokens.length; at += 1) {
      const token = tokens[at] ?? ''
      if (token === '(') {
        const end = endOfParentheses(tokens, at)
        values.push(this.#expression(tokens.slice(at + 1, end)))
        at = end
      } else values.push((place) => this.#value(token, place))
    }
    return values
  }

  #value(token: string, { dot, variables }: Place): unknown {
    if (token.startsWith('"')) return unquoted(token)
    if (/^\d+$/.test(token)) return Number(token)
    const [head = '', ...keys] = token === '.' ? [''] : token.split('.')
    if (head !== '' && !variables.has(head)) throw new Error(`there is no ${head}`)
    return keys.reduce<unknown>((map, key) => this.#get(map, key), head === '' ? dot : variables.get(head))
  }

  #get(map: unknown, key: string): unknown {
    return this.#lookup(map as Readonly<Record<string, unknown>>, key)
  }

  #apply(name: string, args: readonly unknown[], place: Place): unknown {
    const [first, second] = args
    if (name === 'include') {
      const body = this.#defined.get(String(first)) ?? fail(`there is no template ${String(first)}`)
      return body({ dot: second, variables: new Map([['$', second]]) })
    }
    if (name === 'index') return this.#get(first, String(second))
    if (name === 'not') return !isTrue(first)
    const call = FUNCTIONS[name] ?? fail(`${name} is no function of ${Object.keys(place.variables).join()}`)
    return call(...args)
  }
}

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  add: (...numbers) => numbers.reduce<number>((sum, number) => sum + Number(number), 0),
  default: (other, value) => (isTrue(value) ? value : other),
  dict: (...pairs) => Object.fromEntries(pairs.flatMap((key, at) => (at % 2 === 0 ? [[key, pairs[at + 1]]] : []))),
  list: (...values) => values,
  nindent: (count, text) => `\n${String(text).replaceAll(/^/gm, ' '.repeat(Number(count)))}`,
  printf: (format, ...values) =>
    values.reduce<string>((text, value) => text.replace('%s', String(value)), String(format)),
  quote: (value) => JSON.stringify(String(value)),
  toYaml: (value) => yamlOf(value),
}

/** JSON is YAML, so only what stands beside other lines must be in lines. */
function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `- ${JSON.stringify(one)}`).join('\n')
  const entries = Object.entries(value as object)
  return entries.map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`).join('\n')
}

function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

function tokensOf(action: string): string[] {
  return action.match(TOKEN) ?? []
}

function splitAt(tokens: readonly string[], mark: string): string[][] {
  const parts: string[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0
    if (token === mark && depth === 0) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

function endOfParentheses(tokens: readonly string[], begin: number): number {
  let depth = 0
  for (const [at, token] of tokens.entries()) {
    if (at < begin) continue
    depth += token === '(' ? 1 : token === ')' ? -1 : 0
    if (depth === 0) return at
  }
  return fail('a ) is missing')
}

function unquoted(token: string): string {
  return JSON.parse(token) as string
}

function fail(message: string): never {
  throw new Error(message)
}
