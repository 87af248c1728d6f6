import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../domain/app-error.ts'

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:"utf-8"|utf-8))?[ \t]*$/i

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
 * one as soon as it is over. `timeoutMs` bounds the whole reading (408).
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limits: BodyLimits): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limits.bytesMax) return Promise.reject(tooLarge(limits.bytesMax))
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limits.bytesMax) fail(tooLarge(limits.bytesMax))
      else chunks.push(chunk)
    }
    const onEnd = () => {
      forget()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes))
    }
    const onCut = () => fail(new AppError('invalid_request', 'The request body was cut off'))
    const timer = setTimeout(
      () => fail(new AppError('request_timeout', 'The request body took too long')),
      limits.timeoutMs,
    )
    const forget = () => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut)
    }
    const fail = (error: AppError) => {
      forget()
      request.pause()
      reject(error)
    }
    request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
  })
}

export interface BodyLimits {
  bytesMax: number
  timeoutMs: number
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('payload_too_large', `Request body is larger than ${bytesMax} bytes`)
}
