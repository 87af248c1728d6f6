import { AppError } from './app-error.ts'

/** An image, a document, sound or video of a message. */
export interface Media {
  /** As `image/png`, in lower case and without parameters. */
  contentType: string
  base64: string
}

/** Of what providers take in messages. */
const KINDS =
  /^(image\/(png|jpe?g|webp|gif|heic|heif|avif|bmp|tiff)|application\/pdf|audio\/[\w.+-]+|video\/[\w.+-]+|text\/[\w.+-]+)$/
const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i

/**
 * What a `data:` URL holds, or undefined for any other text. Throws `invalid_request` where it holds something that no message
 * may, or is no base64.
 */
export function readDataUrl(url: string): Media | undefined {
  const [head, contentType = '', parameters = ''] = DATA_URL.exec(url) ?? []
  if (head === undefined) return undefined
  const rest = url.slice(head.length)
  const isBase64 = parameters.toLowerCase().endsWith(';base64')
  if (isBase64 && !/^[A-Za-z0-9+/]*={0,2}$/.test(rest)) throw unusable('is not valid base64')
  return { contentType: requireKind(contentType), base64: isBase64 ? rest : toBase64(rest) }
}

/**
 * The content type of what was fetched: as the server says, or else as its first bytes tell. Throws `invalid_request` for what no
 * message may hold.
 */
export function kindOfFetched(stated: string | undefined, bytes: Uint8Array): string {
  const [kind = ''] = (stated ?? '').split(';')
  const isVague = kind === '' || /^(application|binary)\/octet-stream$/i.test(kind.trim())
  return requireKind(isVague ? (kindOfBytes(bytes) ?? '') : kind)
}

/** `what` as in "is too large". Says nothing of why, where that would tell of a network that the caller can't see. */
export function unusable(what: string): AppError {
  return new AppError('invalid_request', `An image or file of the messages ${what}`)
}

function requireKind(text: string): string {
  const kind = text.trim().toLowerCase()
  if (KINDS.test(kind)) return kind === 'image/jpg' ? 'image/jpeg' : kind
  throw unusable(kind === '' ? 'has no known type' : `is of the type ${kind.slice(0, 100)}, which is not supported`)
}

const SIGNATURES: readonly [signature: string, at: number, kind: string][] = [
  ['89504e470d0a1a0a', 0, 'image/png'],
  ['ffd8ff', 0, 'image/jpeg'],
  ['47494638', 0, 'image/gif'],
  ['57454250', 8, 'image/webp'],
  ['25504446', 0, 'application/pdf'],
]

function kindOfBytes(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return SIGNATURES.find(([signature, at]) => start.startsWith(signature, at * 2))?.[2]
}

function toBase64(encoded: string): string {
  try {
    return Buffer.from(decodeURIComponent(encoded)).toString('base64')
  } catch {
    throw unusable('is not validly encoded')
  }
}
