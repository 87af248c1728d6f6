import { AppError } from '../../domain/app-error.ts'
import { parseDataUri } from '../data-uri.ts'
import { asObject, asText } from '../json-fields.ts'

export type Block = Record<string, unknown>

const WEB_ADDRESS = /^https?:\/\//i

/** What a message says as blocks; `path` leads to it. Texts of nothing but blanks are left out, because the format refuses them. Throws
 *  `invalid_request` for sound and video, and for files of kinds that it doesn't know. */
export function encodeParts(content: unknown, path: string): Block[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return content.flatMap((entry: unknown, at) => {
    const part = asObject(entry)
    return part === undefined ? [] : encodePart(part, `${path}.${at}`)
  })
}

function encodePart(part: Record<string, unknown>, path: string): Block[] {
  const marker = part['cache_control']
  const marked = (block: Block): Block[] => [marker === undefined ? block : { ...block, cache_control: marker }]
  switch (part['type']) {
    case 'text': {
      const text = part['text']
      return typeof text === 'string' && text.trim() !== '' ? marked({ type: 'text', text }) : []
    }
    case 'image_url':
      return marked({ type: 'image', source: imageSource(part['image_url'], path) })
    case 'file':
      return marked(document(asObject(part['file']) ?? {}, path))
    case 'input_audio':
    case 'video_url':
      throw unknownHere(path, `the model's provider takes no ${part['type'] === 'input_audio' ? 'audio' : 'video'}`)
    default:
      // A block of the provider's own.
      return [part]
  }
}

function imageSource(image: unknown, path: string): Block {
  const url = asText(image) ?? asText(asObject(image)?.['url']) ?? ''
  const data = parseDataUri(url)
  if (data?.isBase64) return { type: 'base64', media_type: data.mediaType, data: data.data }
  if (WEB_ADDRESS.test(url)) return { type: 'url', url }
  throw unknownHere(`${path}.image_url.url`, 'must be a web address or data in base64')
}

function document(file: Record<string, unknown>, path: string): Block {
  const address = asText(file['file_data']) ?? ''
  const title = asText(file['filename'])
  const block = (source: Block): Block => ({ type: 'document', source, ...(title !== null && { title }) })
  if (WEB_ADDRESS.test(address)) return block({ type: 'url', url: address })
  const data = parseDataUri(address)
  if (data?.isBase64 && data.mediaType === 'application/pdf') {
    return block({ type: 'base64', media_type: data.mediaType, data: data.data })
  }
  if (data?.isBase64 && data.mediaType.startsWith('text/')) {
    const text = Buffer.from(data.data, 'base64').toString('utf8')
    return block({ type: 'text', media_type: 'text/plain', data: text })
  }
  throw unknownHere(`${path}.file.file_data`, 'must be a web address, or a PDF or a text in base64')
}

export function unknownHere(path: string, problem: string): AppError {
  return new AppError('invalid_request', `${path}: ${problem}`)
}
