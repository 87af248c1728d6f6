import { AppError } from '../domain/app-error.ts'
import { parseDataUri } from './data-uri.ts'
import { parseExactly } from './exact-json.ts'
import { asObject, asText, lookUp } from './json-fields.ts'

/*
 * The messages of a chat completion as formats need them that have other words for all of it: texts, images and files taken
 * apart, calls of tools with their arguments read. What can't be read is refused with the place where it stands.
 */

export interface ChatTurn {
  /** `developer` is `system`, and `function` is `tool`. */
  role: 'system' | 'user' | 'assistant' | 'tool'
  parts: ChatPart[]
  toolCalls: ToolCall[]
  /** As an answer of ours had them, so that what is signed goes back verbatim. */
  reasoningDetails: Record<string, unknown>[]
  /** Of the call that a message of a tool answers; '' for others. */
  toolCallId: string
}

export interface ToolCall {
  id: string
  name: string
  input: Record<string, unknown>
}

export type ChatPart = TextPart | MediaPart

export interface TextPart {
  kind: 'text'
  text: string
  cache: CacheMarker | null
}

/** Exactly one of `base64` and `url` is there. */
export interface MediaPart {
  kind: 'image' | 'file' | 'audio' | 'video'
  /** As `image/png`; guessed from the name where nobody says it, else null. */
  contentType: string | null
  base64: string | null
  url: string | null
  name: string | null
  cache: CacheMarker | null
  /** As `messages.0.content.1`. */
  path: string
}

/** That what stands before may be cached. */
export interface CacheMarker {
  ttl: '5m' | '1h'
}

type Fields = Record<string, unknown>

const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
}
const ROLES: Readonly<Record<string, ChatTurn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

/** `messages` are those of a request whose fields were checked. Throws `invalid_request` naming what can't be read. */
export function readTurns(messages: unknown): ChatTurn[] {
  return asList(messages).map((entry, at): ChatTurn => {
    const message = asObject(entry) ?? {}
    const path = `messages.${at}`
    return {
      role: lookUp(ROLES, message['role']) ?? 'user',
      parts: readParts(message['content'], path),
      toolCalls: asList(message['tool_calls']).map((call, index) => readCall(call, `${path}.tool_calls.${index}`)),
      reasoningDetails: asList(message['reasoning_details'])
        .map(asObject)
        .filter((detail) => detail !== undefined),
      toolCallId: asText(message['tool_call_id']) ?? '',
    }
  })
}

/** The text of a turn's parts. */
export function textOf(turn: ChatTurn): string {
  return turn.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
}

export function readCacheMarker(value: unknown): CacheMarker | null {
  const marker = asObject(value)
  return marker === undefined ? null : { ttl: marker['ttl'] === '1h' ? '1h' : '5m' }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** `path` is what the provider's format has no words for. */
export function unsaid(path: string, why: string): AppError {
  return new AppError('invalid_request', `${path}: ${why}`)
}

function readCall(entry: unknown, path: string): ToolCall {
  const call = asObject(entry) ?? {}
  const named = asObject(call['function']) ?? {}
  const name = asText(named['name'])
  if (name === null) throw unsaid(`${path}.function.name`, 'required')
  const text = asText(named['arguments']) ?? ''
  const input = text.trim() === '' ? {} : parseExactly(text)
  if (input === undefined) throw unsaid(`${path}.function.arguments`, 'must be the JSON of an object')
  return { id: asText(call['id']) ?? '', name, input }
}

function readParts(content: unknown, path: string): ChatPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content, cache: null }]
  return asList(content).map((part, at) => readPart(asObject(part) ?? {}, `${path}.content.${at}`))
}

function readPart(part: Fields, path: string): ChatPart {
  const type = asText(part['type']) ?? ''
  const cache = readCacheMarker(part['cache_control'])
  if (type === 'text' || type === 'refusal') return { kind: 'text', text: asText(part[type]) ?? '', cache }
  const read = lookUp(MEDIA_READERS, type)
  if (read === undefined) throw unsaid(`${path}.type`, `${type.slice(0, 50)} can't be given to this provider`)
  const media = read(asObject(part[type]) ?? { url: part[type] }, path)
  return { ...media, cache, path }
}

type Media = Omit<MediaPart, 'cache' | 'path'>

const MEDIA_READERS: Readonly<Record<string, (fields: Fields, path: string) => Media>> = {
  image_url: ({ url }, path) => readMedia('image', url, null, `${path}.image_url.url`),
  video_url: ({ url }, path) => readMedia('video', url, null, `${path}.video_url.url`),
  file: (file, path) => readMedia('file', file['file_data'], asText(file['filename']), `${path}.file.file_data`),
  input_audio: (audio, path) => {
    const base64 = asText(audio['data'])
    if (base64 === null) throw unsaid(`${path}.input_audio.data`, 'required')
    const format = asText(audio['format']) ?? 'wav'
    return {
      kind: 'audio',
      contentType: lookUp(TYPES_BY_ENDING, format) ?? `audio/${format}`,
      base64,
      url: null,
      name: null,
    }
  },
}

function readMedia(kind: MediaPart['kind'], url: unknown, name: string | null, path: string): Media {
  if (typeof url !== 'string' || url === '') throw unsaid(path, 'required')
  const inline = parseDataUri(url)
  if (inline !== undefined) {
    const base64 = inline.isBase64 ? inline.data : encodeText(inline.data, path)
    return { kind, contentType: inline.mediaType || typeOf(name), base64, url: null, name }
  }
  if (!/^(https?|gs|s3):\/\//i.test(url)) throw unsaid(path, 'must be a data: or https: URL')
  return { kind, contentType: typeOf(pathOf(url)) ?? typeOf(name), base64: null, url, name }
}

/** Without what an address asks for. Searched for and not matched, because it may be of any length and have lines. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

function typeOf(name: string | null): string | null {
  const [, ending = ''] = /\.([a-z0-9]{2,4})$/i.exec(name ?? '') ?? []
  return lookUp(TYPES_BY_ENDING, ending.toLowerCase()) ?? null
}

function encodeText(text: string, path: string): string {
  try {
    return Buffer.from(decodeURIComponent(text)).toString('base64')
  } catch {
    throw unsaid(path, 'is not validly encoded')
  }
}
