import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../domain/app-error.ts'
import type { LargeShare } from '../limits/large-requests.ts'

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:"utf-8"|utf-8))?[ \t]*$/i

/** Larger bodies would keep other requests waiting while they are put together and parsed. */
export const LARGE_BODY_BYTES = 1_048_576

/** 415 unless the body is declared as plain JSON in UTF-8 without a content coding. */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new AppError('unsupported_media_type', 'Content-Type must be application/json', { type })
  }
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', `Content-Encoding ${coding.slice(0, 20)} is not accepted`, { coding })
  }
}

/**
 * The whole body, at most `bytesMax` bytes. A declared length over that is refused before anything is read; an undeclared
 * one as soon as it is over. How long it may take is the server's matter. What is large is taken
 * from `share`, which may refuse it.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { bytesMax, share }: { bytesMax: number; share: Pick<LargeShare, 'take'> },
): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bytesMax) throw tooLarge(bytesMax)
  let taken = 0
  const takeLarge = (length: number) => {
    if (length <= LARGE_BODY_BYTES || length <= taken) return
    share.take(length - taken)
    taken = length
  }
  takeLarge(declared)
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
  // Filled piece by piece.
  const large = declared > LARGE_BODY_BYTES ? Buffer.allocUnsafeSlow(declared) : undefined
  return await new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      if (large) chunk.copy(large, bytes)
      else chunks.push(chunk)
      bytes += chunk.length
      try {
        if (bytes > bytesMax) throw tooLarge(bytesMax)
        takeLarge(bytes)
      } catch (error) {
        chunks = []
        request.pause()
        reject(error)
      }
    })
    request.on('end', () =>
      resolve(large ?? (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes))),
    )
    request.on('close', () => {
      if (!request.complete) reject(new AppError('invalid_request', 'The request body was cut off'))
    })
  })
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('payload_too_large', `Request body is larger than ${bytesMax} bytes`)
}
