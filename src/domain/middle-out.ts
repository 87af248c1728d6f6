/*
 * Context compression: what is too long for a model loses its middle, because models attend most to the beginning and the end.
 * Source: OpenRouter docs, message transforms.
 */

/** Models of contexts up to this size have it without being asked to. */
export const SMALL_CONTEXT_TOKENS = 8_192
/** What providers of Claude take. */
export const ANTHROPIC_MESSAGES_MAX = 1_000

export type Message = Readonly<Record<string, unknown>>

/** Messages that stand and fall together: a tool's answers don't without the call. */
interface Unit {
  messages: readonly Message[]
  bytes: number
}

export interface Room {
  /** UTF-8 bytes of JSON that all messages together may have. */
  bytes: number
  /** How many there may be; null for any number. */
  messages: number | null
}

export interface Shortened {
  messages: Message[]
  removed: number
  truncated: number
}

const GAP = '\n[…]\n'
/** With less than this left of it, a text says nothing. */
const TRUNCATED_BYTES_MIN = 64
/** Around a text, in JSON; and quotes and line ends within, which take two bytes. */
const SLACK_DIVISOR = 16

export function haveRoom(messages: readonly Message[], room: Room): boolean {
  if (room.messages !== null && messages.length > room.messages) return false
  return messages.reduce((sum, message) => sum + textBytes(message), 0) <= room.bytes
}

/**
 * The messages that are left when what is in the middle goes until the rest finds room: from both ends, the last one first,
 * whole messages, and of the first that doesn't fit the beginning and the end of its text. Null where not even the last one
 * can be made to fit.
 */
export function shortenMessages(messages: readonly Message[], room: Room): Shortened | null {
  const units = toUnits(messages)
  const kept = new Map<number, readonly Message[]>()
  let bytesLeft = room.bytes
  let messagesLeft = room.messages ?? Number.POSITIVE_INFINITY
  let truncated = 0
  for (const at of fromBothEnds(units.length)) {
    const unit = units[at] as Unit
    if (unit.bytes > bytesLeft || unit.messages.length > messagesLeft) {
      const part = messagesLeft >= 1 ? truncate(unit, bytesLeft) : undefined
      if (part === undefined) break
      kept.set(at, [part])
      truncated = 1
      break
    }
    kept.set(at, unit.messages)
    bytesLeft -= unit.bytes
    messagesLeft -= unit.messages.length
  }
  if (!kept.has(units.length - 1)) return null
  const left = [...kept.keys()].toSorted((a, b) => a - b).flatMap((at) => kept.get(at) ?? [])
  return { messages: left, removed: messages.length - left.length, truncated }
}

function toUnits(messages: readonly Message[]): Unit[] {
  const units: { messages: Message[]; bytes: number }[] = []
  for (const message of messages) {
    const bytes = textBytes(message)
    const last = units.at(-1)
    if (message['role'] === 'tool' && last !== undefined && isCall(last.messages[0])) {
      last.messages.push(message)
      last.bytes += bytes
    } else units.push({ messages: [message], bytes })
  }
  return units
}

function isCall(message: Message | undefined): boolean {
  return Array.isArray(message?.['tool_calls'])
}

/** As JSON, with a comma. Pictures, sounds and files count by their number elsewhere, and not by the length of what encodes them. */
function textBytes(message: Message): number {
  const { content } = message
  const counted = Array.isArray(content) ? { ...message, content: content.filter(isText) } : message
  return Buffer.byteLength(JSON.stringify(counted)) + 1
}

function isText(part: unknown): boolean {
  return typeof part === 'object' && part !== null && (part as { type?: unknown }).type === 'text'
}

/** last, first, last but one, second … */
function* fromBothEnds(length: number): Generator<number> {
  for (let turn = 0; turn < length; turn += 1) yield turn % 2 === 0 ? length - 1 - turn / 2 : (turn - 1) / 2
}

/** Only of a plain text: what else there is can't be cut. */
function truncate({ messages }: Unit, bytesMax: number): Message | undefined {
  const [message] = messages
  const text = message?.['content']
  if (message === undefined || messages.length > 1 || typeof text !== 'string') return undefined
  const around = Buffer.byteLength(JSON.stringify({ ...message, content: '' })) + Buffer.byteLength(GAP) + 1
  let left = bytesMax - around
  // Escapes may make it longer than its bytes, so what is too long yet is cut again.
  while (left >= TRUNCATED_BYTES_MIN) {
    const content = withoutMiddle(text, left)
    const part = { ...message, content }
    const excess = Buffer.byteLength(JSON.stringify(part)) + 1 - bytesMax
    if (excess <= 0) return part
    left -= Math.max(excess, Math.ceil(left / SLACK_DIVISOR))
  }
  return undefined
}

/** At most `bytes` in UTF-8, the gap apart. */
function withoutMiddle(text: string, bytes: number): string {
  const encoded = Buffer.from(text)
  const half = Math.floor(Math.min(bytes, encoded.length) / 2)
  const begin = encoded.subarray(0, startOfCharacter(encoded, half))
  const end = encoded.subarray(startOfCharacter(encoded, encoded.length - half, 1))
  return `${begin.toString('utf8')}${GAP}${end.toString('utf8')}`
}

/** The nearest place at or before `at` (with `step` 1: at or behind) where no character is cut in two. */
function startOfCharacter(bytes: Buffer, at: number, step: 1 | -1 = -1): number {
  let place = at
  while (place > 0 && place < bytes.length && ((bytes[place] ?? 0) & 0xc0) === 0x80) place += step
  return place
}
