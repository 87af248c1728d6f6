import { createHash } from 'node:crypto'
import {
  type CacheMarker,
  type ChatPart,
  type ChatTurn,
  type MediaPart,
  type ToolCall,
  textOf,
  unsaid,
} from '../chat-turns.ts'
import { parseExactly } from '../exact-json.ts'
import { asText, lookUp } from '../json-fields.ts'
import { REASONING_FORMAT } from './read-content.ts'

/*
 * A conversation in the words of Converse: blocks of content, sides that take turns, results of tools as the user's. Images and
 * files are given as bytes, or as an address in S3.
 */

type Block = Record<string, unknown>

interface Message {
  role: 'user' | 'assistant'
  content: Block[]
}

interface Conversation {
  messages: Message[]
  system: Block[]
}

const IMAGE_FORMATS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
}
const DOCUMENT_FORMATS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
}
/** Source: AWS, ToolUseBlock. */
const TOOL_USE_ID = /^[\w-]{1,64}$/
const VIDEO_FORMATS: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
}

export function encodeTurns(turns: readonly ChatTurn[]): Conversation {
  const writer = new TurnWriter()
  for (const turn of turns) writer.add(turn)
  return writer.conversation()
}

export function cachePoint({ ttl }: CacheMarker): Block {
  return { cachePoint: ttl === '1h' ? { type: 'default', ttl } : { type: 'default' } }
}

class TurnWriter {
  readonly #messages: Message[] = []
  readonly #system: Block[] = []
  #documents = 0

  add(turn: ChatTurn): void {
    if (turn.role === 'system') this.#system.push(...this.#blocksOf(turn.parts))
    else if (turn.role === 'user') this.#append('user', this.#blocksOf(turn.parts))
    else if (turn.role === 'tool') this.#append('user', [this.#resultOf(turn)])
    else {
      const calls = turn.toolCalls.map(toCallBlock)
      this.#append('assistant', [...thoughtsOf(turn), ...this.#blocksOf(turn.parts), ...calls])
    }
  }

  conversation(): Conversation {
    const last = this.#messages.at(-1)
    const begun = last?.role === 'assistant' ? last.content.at(-1) : undefined
    // What the answer shall begin with must not end in blanks there.
    if (typeof begun?.['text'] === 'string') begun['text'] = begun['text'].trimEnd()
    if (this.#messages.length > 0) return { messages: this.#messages, system: this.#system }
    // Nothing but instructions is a question too.
    return { messages: [{ role: 'user', content: this.#system }], system: [] }
  }

  /** Turns of one side in a row are one. */
  #append(role: Message['role'], content: Block[]): void {
    if (content.length === 0) return
    const last = this.#messages.at(-1)
    if (last?.role === role) last.content.push(...content)
    else this.#messages.push({ role, content })
  }

  /** Texts of nothing but blanks are refused there. */
  #blocksOf(parts: readonly ChatPart[]): Block[] {
    const said = parts.filter((part) => part.kind !== 'text' || part.text.trim() !== '')
    return said.flatMap((part) => {
      const block = part.kind === 'text' ? { text: part.text } : this.#mediaOf(part)
      return part.cache === null ? [block] : [block, cachePoint(part.cache)]
    })
  }

  #resultOf(turn: ChatTurn): Block {
    const json = parseExactly(textOf(turn))
    const content =
      json === undefined ? this.#blocksOf(turn.parts).filter((block) => !('cachePoint' in block)) : [{ json }]
    return {
      toolResult: { toolUseId: toToolUseId(turn.toolCallId), content: content.length > 0 ? content : [{ text: '-' }] },
    }
  }

  #mediaOf(part: MediaPart): Block {
    const source = sourceOf(part)
    const type = part.contentType ?? ''
    const image = lookUp(IMAGE_FORMATS, type)
    if (image !== undefined) return { image: { format: image, source } }
    const video = lookUp(VIDEO_FORMATS, type)
    if (video !== undefined) return { video: { format: video, source } }
    const document = lookUp(DOCUMENT_FORMATS, type)
    if (document === undefined)
      throw unsaid(part.path, `the type ${type || '(unknown)'} can't be given to this provider`)
    this.#documents += 1
    return { document: { format: document, name: nameOf(part, this.#documents), source } }
  }
}

function sourceOf({ base64, url, path }: MediaPart): Block {
  if (base64 !== null) return { bytes: base64 }
  if (url?.startsWith('s3://')) return { s3Location: { uri: url } }
  throw unsaid(path, 'this provider takes images and files as data: URLs alone')
}

/** Letters, digits, blanks and a few signs, each name once. */
function nameOf({ name }: MediaPart, number: number): string {
  const plain = (name ?? '')
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/[^A-Za-z0-9()[\]-]+/g, ' ')
    .trim()
  return `${plain.slice(0, 150) || 'document'} ${number}`
}

function toCallBlock({ id, name, input }: ToolCall): Block {
  return { toolUse: { toolUseId: toToolUseId(id), name, input } }
}

/** Ids of other providers may be longer and have other characters; the same one becomes the same. */
function toToolUseId(id: string): string {
  if (TOOL_USE_ID.test(id)) return id
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 16)
  return `${id.replace(/[^\w-]/g, '_').slice(0, 40)}_${hash}`
}

/** What was signed, verbatim; the rest of what was thought isn't taken back. */
function thoughtsOf({ reasoningDetails }: ChatTurn): Block[] {
  return reasoningDetails.flatMap((detail): Block[] => {
    if (detail['format'] !== REASONING_FORMAT) return []
    const data = asText(detail['data'])
    if (data !== null) return [{ reasoningContent: { redactedContent: data } }]
    const signature = asText(detail['signature'])
    if (signature === null) return []
    return [{ reasoningContent: { reasoningText: { text: asText(detail['text']) ?? '', signature } } }]
  })
}
