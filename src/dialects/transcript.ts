import { asObject } from './json-fields.ts'

/** Of each part of an answer, in UTF-16 code units. */
export const TRANSCRIPT_LENGTH_MAX = 1_048_576
const TOOL_CALLS_MAX = 1_000

interface ToolCall {
  id: string | null
  name: string
  arguments: string
}

/** What a model answered in its first choice, gathered from the pieces of a stream or from a whole message; so much of each
 *  part as is kept. */
export class Transcript {
  #completion = ''
  #reasoning = ''
  readonly #toolCalls: ToolCall[] = []
  #toolCallLength = 0
  isTruncated = false

  /** Null also for an empty one: streams begin with an empty piece, whatever comes. */
  get completion(): string | null {
    return this.#completion || null
  }

  get reasoning(): string | null {
    return this.#reasoning || null
  }

  /** In the wire's shape; undefined when there are none. */
  get toolCalls(): Record<string, unknown>[] | undefined {
    if (this.#toolCalls.length === 0) return undefined
    return this.#toolCalls.map(({ id, name, arguments: text }) => ({
      ...(id === null ? {} : { id }),
      type: 'function',
      function: { name, arguments: text },
    }))
  }

  /** In UTF-16 code units. */
  get length(): number {
    return this.#completion.length + this.#reasoning.length + this.#toolCallLength
  }

  /** So that what is gathered from it is the same again. */
  toMessage(): Record<string, unknown> {
    return { content: this.#completion, reasoning: this.#reasoning, tool_calls: this.toolCalls }
  }

  /** A delta of a stream, or a whole message. */
  add(piece: Readonly<Record<string, unknown>>): void {
    this.#completion = this.#append(this.#completion, textOf(piece['content']))
    this.#reasoning = this.#append(this.#reasoning, textOf(piece['reasoning']))
    const calls = piece['tool_calls']
    if (Array.isArray(calls)) for (const [at, call] of calls.entries()) this.#addToolCall(asObject(call), at)
  }

  #addToolCall(piece: Record<string, unknown> | undefined, at: number): void {
    if (piece === undefined) return
    const index = Number.isInteger(piece['index']) ? Number(piece['index']) : at
    if (index < 0 || index >= TOOL_CALLS_MAX || index > this.#toolCalls.length) {
      this.isTruncated = true
      return
    }
    this.#toolCalls[index] ??= { id: null, name: '', arguments: '' }
    const call = this.#toolCalls[index]
    const part = asObject(piece['function'])
    call.id ??= this.#take(piece['id']) || null
    call.name += this.#take(part?.['name'])
    call.arguments += this.#take(part?.['arguments'])
  }

  /** So much of a tool call's text as all of them may have together. */
  #take(value: unknown): string {
    if (typeof value !== 'string') return ''
    const text = this.#cut(value, TRANSCRIPT_LENGTH_MAX - this.#toolCallLength)
    this.#toolCallLength += text.length
    return text
  }

  #append(before: string, text: string): string {
    return before + this.#cut(text, TRANSCRIPT_LENGTH_MAX - before.length)
  }

  #cut(text: string, lengthMax: number): string {
    if (text.length <= lengthMax) return text
    this.isTruncated = true
    // Copied, because a part of a text keeps the whole of it in memory.
    return Buffer.from(text.slice(0, lengthMax)).toString()
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part) => asObject(part)?.['text'])
    .filter((text) => typeof text === 'string')
    .join('')
}
