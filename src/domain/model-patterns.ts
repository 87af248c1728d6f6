const FREE = ':free'

/** What a model is called, and whether everything that serves it costs nothing. */
export interface MatchedModel {
  /** Its slug, canonical slug and aliases. */
  names: readonly string[]
  isFree: boolean
}

/**
 * Whether one of the patterns names the model. A pattern is a name in which each `*` stands for any text: `anthropic/*`,
 * `*-mini`. With `:free` at its end it means only models that cost nothing, whatever their names end in; `free` alone is
 * `*:free`. No patterns at all match nothing.
 */
export function matchesModel(patterns: readonly string[], model: MatchedModel): boolean {
  const known = KNOWN.get(patterns) ?? compile(patterns)
  KNOWN.set(patterns, known)
  return model.names.some((name) => known.all.matches(name) || (model.isFree && known.free.matches(name)))
}

interface Compiled {
  all: Patterns
  /** Without `:free` at their ends, of those that have it. */
  free: Patterns
}

/** Lists are asked about many models, so that each is taken apart once. */
const KNOWN = new WeakMap<readonly string[], Compiled>()

function compile(patterns: readonly string[]): Compiled {
  const all = new Set(patterns.map((pattern) => (pattern === 'free' ? `*${FREE}` : pattern)))
  const free = [...all].flatMap((pattern) => (pattern.endsWith(FREE) ? [pattern.slice(0, -FREE.length)] : []))
  return { all: new Patterns(all), free: new Patterns(new Set(free)) }
}

/** A caller may name a thousand of them, and have each asked of every model: so what is written out is looked up, and of the rest
 *  most are told apart by their ends. */
class Patterns {
  readonly #exact = new Set<string>()
  /** What stands between the stars. */
  readonly #globs: (readonly string[])[] = []

  constructor(patterns: Iterable<string>) {
    for (const pattern of patterns) {
      if (pattern.includes('*')) this.#globs.push(pattern.split('*'))
      else this.#exact.add(pattern)
    }
  }

  matches(text: string): boolean {
    return this.#exact.has(text) || this.#globs.some((parts) => matchesParts(parts, text))
  }
}

/** At least two parts. Each is found at its first place, which leaves the most for those behind it. */
function matchesParts(parts: readonly string[], text: string): boolean {
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (first.length + last.length > text.length || !text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (let place = 1; place < parts.length - 1; place += 1) {
    const part = parts[place] ?? ''
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
