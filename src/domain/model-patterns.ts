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
  return patterns.some((pattern) => matchesOne(pattern === 'free' ? `*${FREE}` : pattern, model))
}

function matchesOne(pattern: string, { names, isFree }: MatchedModel): boolean {
  if (names.some((name) => matchesGlob(pattern, name))) return true
  if (!isFree || !pattern.endsWith(FREE)) return false
  const base = pattern.slice(0, -FREE.length)
  return names.some((name) => matchesGlob(base, name))
}

/** Without backtracking beyond the last `*`, so that no pattern takes long. */
function matchesGlob(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resumeAt = 0
  let position = 0
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at
      at += 1
      resumeAt = position
    } else if (pattern[at] === text[position]) {
      at += 1
      position += 1
    } else if (star >= 0) {
      resumeAt += 1
      position = resumeAt
      at = star + 1
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
