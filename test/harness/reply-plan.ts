/** What the scripted upstream can do wrong with a request. `refuse` is not here: see `reserveClosedPort`. */
export const FAULT_NAMES = [
  'reset',
  'close-before-answer',
  'hang-before-headers',
  'hang-after-headers',
  'hang-mid-stream',
  'reset-mid-stream',
  'half-close',
  'one-byte-per-second',
  'garbage-bytes',
  'garbage-body',
  'html-200',
  'empty-200',
  'truncated-json',
  'invalid-utf8',
  'mixed-line-ends',
  'tiny-writes',
  'huge-line',
  'no-done',
  'error-in-200',
] as const
export type FaultName = (typeof FAULT_NAMES)[number]

/** How one request is to be answered. The empty plan is a correct answer of five words. */
export interface ReplyPlan {
  fault?: FaultName
  /** Any status but 200 makes it an error answer (`errorBody`, or OpenAI's error envelope). */
  status?: number
  /** Sent as it is when a string, else as JSON. */
  errorBody?: unknown
  retryAfter?: string
  headers?: Readonly<Record<string, string>>
  /** Words of the answer: one token and, in a stream, one content chunk each. `max_tokens` of the request cuts them. */
  chunks?: number
  /** The answer's words, in place of generated ones. */
  text?: string
  /** Stream deltas sent verbatim in place of the words (tool calls, reasoning), one token each. */
  deltas?: readonly unknown[]
  /** Output items of an answer in the format of responses, in place of the words, one token each. */
  items?: readonly unknown[]
  /** Content blocks of an answer in the format of messages, in place of the words, one token each. */
  blocks?: readonly Readonly<Record<string, unknown>>[]
  /** Merged over the message of a JSON answer. */
  message?: Readonly<Record<string, unknown>>
  finishReason?: string
  /** Which service tier the answer says that it was served in. */
  serviceTier?: string
  /** Goes on to `chunks` words (by default ten times `max_tokens`) whatever the request allows. */
  ignoresMaxTokens?: boolean
  promptTokens?: number
  completionTokens?: number
  /** Whether a stream carries a usage chunk: when asked for by `stream_options` (default), always, never. `never` also drops it from JSON. */
  usage?: 'asked' | 'always' | 'never'
  /** Sent verbatim in place of the usage object, however wrong it is. */
  usageBody?: unknown
  delayMs?: number
  chunkDelayMs?: number
  /** Content chunks that go out before a fault in mid-stream, or before `midGate` is waited for. Default 2. */
  afterChunks?: number
  /** Waited for before the headers go out. */
  gate?: Promise<unknown>
  /** Waited for after `afterChunks` chunks. */
  midGate?: Promise<unknown>
  /** Pace of `one-byte-per-second`. Default 1,000. */
  byteIntervalMs?: number
  /** Size of `huge-line`. Default 10 MiB. */
  hugeBytes?: number
}

const NUMBERS = [
  'status',
  'chunks',
  'promptTokens',
  'completionTokens',
  'delayMs',
  'chunkDelayMs',
  'afterChunks',
  'byteIntervalMs',
  'hugeBytes',
] as const
const TEXTS = ['retryAfter', 'text', 'finishReason', 'errorBody'] as const

/**
 * Reads a plan written as a query string: `fault=reset&chunks=50&ignoresMaxTokens=true`. It may stand after a `?` in the
 * model's upstream id or in the request header `x-script`. Throws on an unknown name or value: a misspelt script must not
 * pass as a correct answer.
 */
export function parsePlan(query: string): ReplyPlan {
  const plan: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (isOneOf(NUMBERS, name)) plan[name] = toNumber(name, value)
    else if (isOneOf(TEXTS, name)) plan[name] = value
    else if (name === 'ignoresMaxTokens') plan[name] = value === 'true'
    else if (name === 'usage' && isOneOf(['asked', 'always', 'never'] as const, value)) plan[name] = value
    else if (name === 'fault' && isOneOf(FAULT_NAMES, value)) plan[name] = value
    else throw new Error(`unknown script ${name}=${value}`)
  }
  return plan
}

function isOneOf<const Names extends readonly string[]>(names: Names, name: string): name is Names[number] {
  return names.includes(name)
}

function toNumber(name: string, value: string): number {
  const number = Number(value)
  if (value === '' || !Number.isFinite(number)) throw new Error(`script ${name} needs a number, not ${value}`)
  return number
}
