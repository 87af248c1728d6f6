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
    tools: true,
    parallelToolCalls: true,
    structuredOutputs: true,
    images: 'base64',
    files: 'base64',
    reasoning: true,
    cacheMarkers: true,
    logprobs: false,
    severalChoices: false,
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
