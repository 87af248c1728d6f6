/*
 * One exchange between a client and a provider, in words of neither: what the client wants, what the provider is told, what it says,
 * and what reaches the client.
 */

export type Json = Record<string, unknown>

/** What a client asks for beside an answer. Addresses and contents are as clients give them: `https:` and `data:`. */
export interface Wish {
  isStream?: boolean
  tools?: boolean
  /** At most one call at a time. */
  isSingle?: boolean
  /** An answer that fits SCHEMA. */
  hasSchema?: boolean
  isJson?: boolean
  image?: string
  file?: string
  video?: string
  /** WAV in base64. */
  audio?: string
  isReasoning?: boolean
  isMarked?: boolean
  hasLogprobs?: boolean | undefined
  choices?: number
  stop?: string
}

/** What a provider is told. */
export interface HeardRequest {
  isStream: boolean
  tools: string[]
  isSingle: boolean
  hasSchema: boolean
  isJson: boolean
  /** Addresses, or contents in base64, each before what it is said to be. */
  media: string[]
  isReasoning: boolean
  signatures: string[]
  markers: number
  hasLogprobs: boolean
  choices: number
  stops: string[]
  /** Of earlier turns. */
  calls: Call[]
  results: string[]
}

export interface Call {
  name: string
  city: unknown
}

/** What a provider says. */
export interface Saying {
  /** Of each choice; of the first one in two pieces where it streams. */
  texts: readonly string[]
  thought?: { text: string; signature: string }
  calls?: readonly Call[]
  hasLogprobs?: boolean | undefined
}

/** What reaches the client. */
export interface HeardAnswer {
  texts: string[]
  reasoning: string
  calls: Call[]
  tokens: string[]
  cachedTokens: unknown
}

export const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
export const TOOL = { name: 'weather', description: 'Tells the weather', parameters: SCHEMA }
export const QUESTION = 'Where is it warm?'
/** Of every answer: how many tokens came from a cache, of how many, and how many were made. */
export const TOKENS = { cached: 8, prompt: 20, completion: 7 }

export const idOfCall = (at: number) => `call_${at}`
export const resultOf = (at: number) => `sunny ${at}`

export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
}

/** An object, and one without anything in the place of whatever else. */
export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

export function texts(...values: unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '')
}

export function halves(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)]
}

export function toCall(name: unknown, text: unknown): Call {
  const input = typeof text === 'string' ? (JSON.parse(text) as unknown) : text
  return { name: String(name), city: object(input)['city'] }
}

/** What each event of a stream carries. */
export function eventsOf(stream: string): Json[] {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Json)
}

/** The events of a stream as providers send them. */
export function sse(events: readonly Json[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
}
