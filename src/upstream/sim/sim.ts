import type { UpstreamCall, UpstreamReceiver, UpstreamRequest } from '../../gateway/ports.ts'
import { fitSchema } from './fit-schema.ts'

/*
 * The built-in provider: answers like an OpenAI-compatible one, without a network. Models: `echo` (the last user text),
 * `lorem` (words until min(max_tokens, 64)), `error-<status>`, `slow-<ms>` (before the answer), `cut-<n>` (a stream cut after
 * n chunks), `liar` (ignores max_tokens). With a JSON schema it answers JSON that fits, with tools a call that fits.
 * One token per whitespace-separated word.
 */

const LOREM_WORDS =
  `lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et
dolore magna aliqua`.split(/\s+/)
const LOREM_TOKENS_MAX = 64
const LIAR_TOKENS = 1_000
const SLOW_MS_MAX = 600_000

interface Answer {
  words: string[]
  toolCall: { name: string; arguments: string } | null
  finishReason: 'stop' | 'length' | 'tool_calls'
  promptTokens: number
}

/** Starts an answer; the receiver hears of it in later turns. */
export function sendToSim(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
  const json = JSON.parse(String(request.body)) as Record<string, unknown>
  const name = String(json['model']).replace(/^sim\//, '')
  const playback = new Playback(receiver)
  const status = /^error-(\d{3})$/.exec(name)?.[1]
  if (status !== undefined) {
    const body = JSON.stringify({ error: { message: `sim answers ${status}`, code: Number(status) } })
    playback.start(0, Number(status), 'application/json', [body])
    return playback
  }
  const delayMs = Math.min(Number(/^slow-(\d{1,6})$/.exec(name)?.[1] ?? 0), SLOW_MS_MAX)
  const answer = compose(name, json)
  if (json['stream'] === true) {
    const chunks = streamChunks(answer)
    const cutAfter = /^cut-(\d{1,6})$/.exec(name)?.[1]
    if (cutAfter !== undefined) playback.cutAfter(Number(cutAfter))
    playback.start(delayMs, 200, 'text/event-stream', chunks)
  } else {
    const body = JSON.stringify(wholeAnswer(answer))
    if (/^cut-\d+$/.test(name)) playback.cutAfter(1)
    playback.start(
      delayMs,
      200,
      'application/json',
      name.startsWith('cut-') ? [body.slice(0, body.length / 2), body] : [body],
    )
  }
  return playback
}

/** Plays prepared pieces to a receiver, one a turn, honouring pause and abort. */
class Playback implements UpstreamCall {
  readonly #receiver: UpstreamReceiver
  #pieces: string[] = []
  #played = 0
  #cutAfter = Number.MAX_SAFE_INTEGER
  #isPaused = false
  #isOver = false
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor(receiver: UpstreamReceiver) {
    this.#receiver = receiver
  }

  cutAfter(pieces: number): void {
    this.#cutAfter = pieces
  }

  start(delayMs: number, status: number, type: string, pieces: string[]): void {
    this.#pieces = pieces
    const begin = () => {
      if (this.#isOver) return
      this.#receiver.onHeaders(status, { 'content-type': type })
      this.#schedule()
    }
    if (delayMs > 0) this.#timer = setTimeout(begin, delayMs)
    else setImmediate(begin)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#schedule()
  }

  abort(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isOver || this.#isPaused) return
    this.#isScheduled = true
    setImmediate(() => this.#step())
  }

  #step(): void {
    this.#isScheduled = false
    if (this.#isOver || this.#isPaused) return
    if (this.#played >= this.#cutAfter) {
      this.#isOver = true
      this.#receiver.onFailure({ kind: 'reset', message: 'sim cut the answer' })
      return
    }
    const piece = this.#pieces[this.#played]
    if (piece === undefined) {
      this.#isOver = true
      this.#receiver.onEnd()
      return
    }
    this.#played += 1
    this.#receiver.onData(Buffer.from(piece))
    this.#schedule()
  }
}

function compose(name: string, json: Readonly<Record<string, unknown>>): Answer {
  const messages = Array.isArray(json['messages']) ? (json['messages'] as Record<string, unknown>[]) : []
  const promptTokens = messages.reduce((sum, message) => sum + wordsOf(textOf(message['content'])).length, 0)
  const bound = Number(json['max_completion_tokens'] ?? json['max_tokens'] ?? Number.MAX_SAFE_INTEGER)
  const toolCall = callTool(json, messages)
  if (toolCall) return { words: [], toolCall, finishReason: 'tool_calls', promptTokens }
  const schema = jsonSchemaOf(json['response_format'])
  if (schema !== undefined) {
    return { words: wordsOf(JSON.stringify(fitSchema(schema))), toolCall: null, finishReason: 'stop', promptTokens }
  }
  if (name === 'liar') return { words: lorem(LIAR_TOKENS), toolCall: null, finishReason: 'stop', promptTokens }
  const isLorem = name === 'lorem' || name.startsWith('cut-')
  const all = isLorem ? lorem(LOREM_TOKENS_MAX) : wordsOf(lastUserText(messages))
  const words = all.slice(0, bound)
  return { words, toolCall: null, finishReason: words.length < all.length ? 'length' : 'stop', promptTokens }
}

function lorem(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${LOREM_WORDS[at % LOREM_WORDS.length] ?? ''} `)
}

function lastUserText(messages: Record<string, unknown>[]): string {
  return textOf(messages.findLast(({ role }) => role === 'user')?.['content'])
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join(' ')
}

/** Words with the white space that follows them, so that joined they are the text again. */
function wordsOf(text: string): string[] {
  return text.match(/\s*\S+\s*/g) ?? []
}

function jsonSchemaOf(format: unknown): unknown {
  const { type, json_schema: wrapper } = (format ?? {}) as { type?: unknown; json_schema?: { schema?: unknown } }
  return type === 'json_schema' ? (wrapper?.schema ?? {}) : type === 'json_object' ? { type: 'object' } : undefined
}

function callTool(json: Readonly<Record<string, unknown>>, messages: Record<string, unknown>[]): Answer['toolCall'] {
  const tools = Array.isArray(json['tools'])
    ? (json['tools'] as { function?: { name?: string; parameters?: unknown } }[])
    : []
  if (tools.length === 0 || json['tool_choice'] === 'none' || messages.at(-1)?.['role'] === 'tool') return null
  const wanted = (json['tool_choice'] as { function?: { name?: string } } | undefined)?.function?.name
  const tool = tools.find(({ function: f }) => f?.name === wanted) ?? tools[0]
  const name = tool?.function?.name
  return name === undefined ? null : { name, arguments: JSON.stringify(fitSchema(tool?.function?.parameters ?? {})) }
}

function usageOf(answer: Answer) {
  const completion = answer.toolCall ? 1 : answer.words.length
  return {
    prompt_tokens: answer.promptTokens,
    completion_tokens: completion,
    total_tokens: answer.promptTokens + completion,
  }
}

function toolCallWire(call: { name: string; arguments: string }) {
  return { id: 'call_sim_0', type: 'function', function: call }
}

function wholeAnswer(answer: Answer) {
  const message: Record<string, unknown> = {
    role: 'assistant',
    content: answer.toolCall ? null : answer.words.join('').trimEnd(),
  }
  if (answer.toolCall) message['tool_calls'] = [toolCallWire(answer.toolCall)]
  const choices = [{ index: 0, message, finish_reason: answer.finishReason }]
  return { id: 'sim-0', object: 'chat.completion', created: 0, model: 'sim', choices, usage: usageOf(answer) }
}

function streamChunks(answer: Answer): string[] {
  const chunk = (delta: object, finishReason: string | null) =>
    `data: ${JSON.stringify({ id: 'sim-0', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`
  const pieces = answer.words.map((content, at) => chunk(at === 0 ? { role: 'assistant', content } : { content }, null))
  if (answer.toolCall) {
    pieces.push(chunk({ role: 'assistant', tool_calls: [{ index: 0, ...toolCallWire(answer.toolCall) }] }, null))
  }
  pieces.push(chunk({}, answer.finishReason))
  pieces.push(`data: ${JSON.stringify({ id: 'sim-0', choices: [], usage: usageOf(answer) })}\n\n`, 'data: [DONE]\n\n')
  return pieces
}
