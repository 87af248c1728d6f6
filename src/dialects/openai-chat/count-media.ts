import type { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import { asObject, asText, lookUp } from '../json-fields.ts'
import { tokensOfFile } from '../media-tokens.ts'

/** What the messages of a request are made of. */
export interface Media {
  /** Pictures, sounds, files: all but texts. */
  total: number
  images: number
  /** What documents may count for, beyond their bytes and what every medium does. */
  documentTokens: number
  hasLinkedFiles: boolean
  /** Of the texts alone, in characters. */
  textLength: number
  /** What there is beside text, by the names that models have for it. */
  kinds: readonly string[]
}

const KINDS: Readonly<Record<string, string>> = {
  image_url: 'image',
  input_audio: 'audio',
  file: 'file',
  video_url: 'video',
}
const NO_KINDS: readonly string[] = []

export function countMedia({ messages }: ChatCompletionRequest): Media {
  const media: Media = { total: 0, images: 0, documentTokens: 0, hasLinkedFiles: false, textLength: 0, kinds: NO_KINDS }
  for (const { content } of messages) {
    if (typeof content === 'string') media.textLength += content.length
    else if (Array.isArray(content)) for (const part of content) countPart(media, part)
  }
  return media
}

function countPart(media: Media, part: { type: string; text?: unknown; file?: unknown }): void {
  if (part.type === 'text') {
    if (typeof part.text === 'string') media.textLength += part.text.length
    return
  }
  media.total += 1
  if (part.type === 'image_url') media.images += 1
  if (part.type === 'file') countFile(media, asText(asObject(part.file)?.['file_data']) ?? '')
  const kind = lookUp(KINDS, part.type)
  if (kind !== undefined && !media.kinds.includes(kind)) media.kinds = [...media.kinds, kind]
}

function countFile(media: Media, file: string): void {
  media.documentTokens += tokensOfFile(file)
  if (/^https?:/i.test(file)) media.hasLinkedFiles = true
}
