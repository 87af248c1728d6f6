/*
 * An answer that was sent once, made ready to be given again: as another generation, that used nothing and cost nothing. Works on
 * the wire of any protocol, because what differs from one answer to the next has the same names in all of them.
 */

/** Objects that carry the answer within an event of a stream. */
const CARRIERS = ['response', 'message'] as const
const TIMES = ['created', 'created_at', 'completed_at'] as const

export interface SentAnswer {
  /** What was sent, whole: the JSON body, or all events of the stream. */
  text: string
  isStream: boolean
  /** Unix seconds that it says it was made at. */
  created: number
}

/** What is kept of it. Undefined where it isn't what it should be. */
export function toTemplate({ text, isStream, created }: SentAnswer): string | undefined {
  if (!isStream) return cleanText(text, created)
  const events = text.split('\n\n').flatMap((event) => cleanEvent(event, created))
  return events.includes(undefined) ? undefined : events.map((event) => `${event}\n\n`).join('')
}

/** The template's text with another id and time. `from` are those that it was sent with. */
export function fillTemplate(
  text: string,
  from: { id: string; created: number },
  to: { id: string; created: number },
): string {
  // Quotes within texts have backslashes, so that no text is taken for a field.
  const dated = TIMES.reduce(
    (filled, name) => filled.replaceAll(`"${name}":${from.created}`, `"${name}":${to.created}`),
    text,
  )
  return dated.replaceAll(from.id, to.id)
}

/** None of what was no part of the answer: comments that keep the connection, and what was told for finding faults. */
function cleanEvent(event: string, created: number): (string | undefined)[] {
  const lines = event.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
  const data = lines.find((line) => line.startsWith('data: '))?.slice('data: '.length)
  if (lines.length === 0) return []
  if (data === undefined || data === '[DONE]') return [lines.join('\n')]
  const value = parseObject(data)
  if (value === undefined) return [undefined]
  if ('debug' in value) return []
  const cleaned = `data: ${JSON.stringify(clean(value, created))}`
  return [lines.map((line) => (line.startsWith('data: ') ? cleaned : line)).join('\n')]
}

function cleanText(text: string, created: number): string | undefined {
  const value = parseObject(text)
  return value && JSON.stringify(clean(value, created))
}

type Json = Record<string, unknown>

function clean(value: Json, created: number): Json {
  const { openrouter_metadata: _metadata, ...rest } = value
  const cleaned: Json = rest
  if (isObject(rest['usage'])) cleaned['usage'] = withoutAmounts(rest['usage'])
  for (const name of TIMES) if (typeof rest[name] === 'number') cleaned[name] = created
  for (const name of CARRIERS) if (isObject(rest[name])) cleaned[name] = clean(rest[name], created)
  return cleaned
}

function withoutAmounts(value: unknown): unknown {
  if (typeof value === 'number') return 0
  if (typeof value === 'boolean') return false
  if (Array.isArray(value)) return value.map(withoutAmounts)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutAmounts(inner)]))
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
