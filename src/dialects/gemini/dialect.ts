import type { Dialect } from '../dialect.ts'
import { asObject } from '../json-fields.ts'
import { geminiCounting } from './count-tokens.ts'
import { decodeGeminiAnswer } from './decode-answer.ts'
import { encodeGeminiRequest } from './encode-request.ts'
import { GeminiStreamReader } from './read-stream.ts'

/** The format of Google's Gemini API. */
export const gemini: Dialect = {
  name: 'gemini',
  abilities: {
    kinds: ['chat'],
    streaming: 'yes',
    tools: 'yes',
    parallelToolCalls: 'yes',
    singleToolCalls: 'left out',
    structuredOutputs: 'yes',
    jsonObjects: 'yes',
    images: 'url-or-base64',
    files: 'url-or-base64',
    videos: 'url-or-base64',
    audio: 'yes',
    reasoning: 'yes',
    signedReasoning: 'yes',
    cacheMarkers: 'left out',
    logprobs: 'yes',
    severalChoices: 'yes',
    stops: 'yes',
  },
  encode: encodeGeminiRequest,
  counting: geminiCounting,
  decode: decodeGeminiAnswer,
  newReader: (transcript) => new GeminiStreamReader(transcript),
  refusalStatus,
  errorMessage,
}

/** A credential that it doesn't know is the gateway's trouble, and no bad request of the caller. */
function refusalStatus(status: number, body: string): number {
  return status === 400 && body.includes('"API_KEY_INVALID"') ? 401 : status
}

/** An object, or a list of one where a stream was asked for. */
function errorMessage(body: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  const answer = asObject(Array.isArray(value) ? value[0] : value)
  const message = asObject(answer?.['error'])?.['message']
  return typeof message === 'string' ? message : undefined
}
