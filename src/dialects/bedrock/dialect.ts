import type { Dialect } from '../dialect.ts'
import { parseObject } from '../json-fields.ts'
import { decodeBedrockAnswer } from './decode-answer.ts'
import { encodeBedrockRequest } from './encode-request.ts'
import { BedrockStreamReader } from './read-stream.ts'
import { authorizeBedrock } from './sign-request.ts'

/** Converse of Amazon Bedrock. */
export const bedrock: Dialect = {
  name: 'bedrock',
  abilities: {
    kinds: ['chat'],
    streaming: 'yes',
    tools: 'yes',
    parallelToolCalls: 'yes',
    singleToolCalls: 'left out',
    structuredOutputs: 'yes',
    jsonObjects: 'left out',
    images: 'base64',
    files: 'base64',
    videos: 'base64',
    audio: 'refused',
    reasoning: 'yes',
    signedReasoning: 'yes',
    cacheMarkers: 'yes',
    logprobs: 'left out',
    severalChoices: 'left out',
    stops: 'yes',
  },
  encode: encodeBedrockRequest,
  authorize: authorizeBedrock,
  decode: decodeBedrockAnswer,
  newReader: (transcript) => new BedrockStreamReader(transcript),
  // A model that failed, and one that took too long.
  refusalStatus: (status) => ({ 424: 502, 408: 504 })[status] ?? status,
  errorMessage: (body) => {
    const { message, Message: capital } = parseObject(body) ?? {}
    return [message, capital].find((text) => typeof text === 'string')
  },
}
