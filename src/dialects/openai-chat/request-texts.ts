/** A text that somebody wrote, where filters look at it. */
export interface RequestText {
  text: string
  isFromUser: boolean
}

export interface RequestTexts {
  texts: RequestText[]
  /** The request with these texts in their places, as many and in the same order, as JSON. */
  replaceWith: (texts: readonly string[]) => string
}

/** Names under which no text stands that anybody wrote for the model: what they hold goes on as it is. */
const OPAQUE = new Set([
  'role',
  'type',
  'id',
  'tool_call_id',
  'name',
  'url',
  'image_url',
  'video_url',
  'data',
  'file_id',
  'file_data',
  'format',
  'detail',
  'ttl',
  'signature',
])

/** Fields that hold a text, or a list of them: of requests that have no messages. */
const WHOLE_TEXTS = ['prompt', 'input', 'query', 'documents'] as const

/**
 * All texts of a chat completion request's passed-on fields: what messages say, whoever says it, text beside pictures, what
 * tools were called with and have answered, the prediction, and what embeddings and ranks are asked of. What a tool was called with is
 * JSON in a text; its names and values are taken one by one, so that it stays JSON.
 */
export function readRequestTexts(passedOn: string): RequestTexts {
  const request = JSON.parse(passedOn) as Record<string, unknown>
  const walk = new TextWalk()
  const { messages, prediction } = request
  for (const message of Array.isArray(messages) ? messages : []) {
    walk.walk(message, (message as { role?: unknown } | null)?.role === 'user')
  }
  walk.walk(prediction, true)
  for (const name of WHOLE_TEXTS) if (request[name] !== undefined) walk.visit(request, name, true)
  return {
    texts: walk.texts,
    replaceWith: (texts) => {
      walk.put(texts)
      return JSON.stringify(request)
    },
  }
}

type Holder = Record<string, unknown>

interface Place {
  holder: Holder
  key: string
  parts: readonly Part[]
  /** Parts are literals within a JSON text, and not the whole of it. */
  isJson: boolean
}

/** From `start` up to but without `end`, in the text of a place. */
interface Part {
  start: number
  end: number
  text: string
}

class TextWalk {
  readonly texts: RequestText[] = []
  readonly #places: Place[] = []

  /** Everything below an object or a list. */
  walk(value: unknown, isFromUser: boolean): void {
    if (typeof value !== 'object' || value === null) return
    const isList = Array.isArray(value)
    const holder = value as Holder
    for (const key of Object.keys(holder)) {
      const inner = holder[key]
      if (typeof inner === 'object') this.walk(inner, isFromUser)
      else if (isList || !OPAQUE.has(key)) this.visit(holder, key, isFromUser)
    }
  }

  visit(holder: Holder, key: string, isFromUser: boolean): void {
    const value = holder[key]
    if (typeof value !== 'string') this.walk(value, isFromUser)
    if (typeof value !== 'string' || value === '') return
    const isJson = key === 'arguments' && isJsonText(value)
    const parts = isJson ? literalsOf(value) : [{ start: 0, end: value.length, text: value }]
    this.#places.push({ holder, key, parts, isJson })
    for (const { text } of parts) this.texts.push({ text, isFromUser })
  }

  put(texts: readonly string[]): void {
    let index = 0
    for (const { holder, key, parts, isJson } of this.#places) {
      const old = holder[key] as string
      let next = ''
      let at = 0
      for (const { start, end, text } of parts) {
        const replaced = texts[index] ?? text
        index += 1
        if (replaced === text) continue
        next += old.slice(at, start) + (isJson ? JSON.stringify(replaced) : replaced)
        at = end
      }
      if (at > 0) holder[key] = next + old.slice(at)
    }
  }
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const LITERAL = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/** The texts, names and numbers of a text that is JSON, as they read without escapes. */
function literalsOf(json: string): Part[] {
  return [...json.matchAll(LITERAL)].map(({ 0: literal, index: start }) => ({
    start,
    end: start + literal.length,
    text: literal.startsWith('"') ? (JSON.parse(literal) as string) : literal,
  }))
}
