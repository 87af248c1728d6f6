import type { Model } from './catalogue.ts'
import {
  ANTHROPIC_MESSAGES_MAX,
  haveRoom,
  type Message,
  type Room,
  SMALL_CONTEXT_TOKENS,
  shortenMessages,
} from './middle-out.ts'
import type { PluginsInForce } from './plugins.ts'

/** Of what is taken to fit. */
const BYTES_PER_TOKEN = 4
/** Of what is shortened so that it does: rather too much than too little. */
const BYTES_PER_TOKEN_SAFE = 3
/** A picture, a sound or a file. */
const TOKENS_PER_MEDIUM = 1_500
/** Kept free for the answer where the request names no bound, and of any bound at most half of the context. */
const ANSWER_TOKENS = 1_024
const ANSWER_DIVISOR = 2

/** What a request must fit into. */
export interface Fit {
  /** Tokens that are left for what is asked. */
  inputTokens: number
  /** How many messages there may be; null for any number. */
  messagesMax: number | null
}

/**
 * What a request is made to fit into: the longest context there is of the model. Null where it isn't compressed: it is where it
 * asks for that, and for models of small contexts unless it says no; never for models that don't answer in text.
 */
export function fitFor(
  { endpoints, id, outputModalities }: Model,
  compression: PluginsInForce['compression'],
  requestedTokens: number | null,
): Fit | null {
  if (compression === 'off') return null
  let context = 0
  for (const { contextLength } of endpoints) if (contextLength > context) context = contextLength
  const isWanted = compression === 'on' || (context > 0 && context <= SMALL_CONTEXT_TOKENS)
  if (!isWanted || !outputModalities.includes('text')) return null
  const answerTokens = Math.min(requestedTokens ?? ANSWER_TOKENS, Math.floor(context / ANSWER_DIVISOR))
  const messagesMax = id.toLowerCase().startsWith('anthropic/') ? ANTHROPIC_MESSAGES_MAX : null
  return { inputTokens: context - answerTokens, messagesMax }
}

/** Whether a request of so many bytes has to be looked into. */
export function mayExceed(bytes: number, { inputTokens, messagesMax }: Fit): boolean {
  return messagesMax !== null || bytes > inputTokens * BYTES_PER_TOKEN_SAFE
}

export interface Compressed {
  /** As the text of a JSON object. */
  passedOn: string
  removed: number
  truncated: number
  /** Of the pictures, sounds and files that were left out with their messages. */
  mediaRemoved: number
  imagesRemoved: number
}

/**
 * The fields of a chat request with so many messages taken out of their middle that they fit; null where they fit already, and
 * where they can't be made to. Tokens are estimated by bytes.
 */
export function compressContext(passedOn: string, { inputTokens, messagesMax }: Fit): Compressed | null {
  const request = JSON.parse(passedOn) as Record<string, unknown>
  const { messages, ...rest } = request
  if (!isMessages(messages)) return null
  const media = countMedia(messages)
  const around = Buffer.byteLength(JSON.stringify(rest))
  const bytesFor = (perToken: number) => (inputTokens - media.total * TOKENS_PER_MEDIUM) * perToken - around
  if (haveRoom(messages, { bytes: bytesFor(BYTES_PER_TOKEN), messages: messagesMax })) return null
  const room: Room = { bytes: bytesFor(BYTES_PER_TOKEN_SAFE), messages: messagesMax }
  const shortened = shortenMessages(messages, room)
  if (shortened === null) return null
  const { removed, truncated } = shortened
  const left = countMedia(shortened.messages)
  return {
    passedOn: JSON.stringify({ ...request, messages: shortened.messages }),
    removed,
    truncated,
    mediaRemoved: media.total - left.total,
    imagesRemoved: media.images - left.images,
  }
}

function isMessages(value: unknown): value is Message[] {
  return Array.isArray(value) && value.length > 0
}

function countMedia(messages: readonly Message[]): { total: number; images: number } {
  let total = 0
  let images = 0
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue
    for (const part of content as readonly { type?: unknown }[]) {
      if (part.type !== 'text') total += 1
      if (part.type === 'image_url') images += 1
    }
  }
  return { total, images }
}
