import type { Dialect } from '../dialect.ts'
import { asObject, asText, parseObject } from '../json-fields.ts'
import { decodeResponse } from './decode-answer.ts'
import { encodeResponsesRequest } from './encode-request.ts'
import { ResponsesStreamReader } from './read-stream.ts'

/** The format of OpenAI's responses, without what is stored there. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  abilities: {
    kinds: ['chat'],
    streaming: 'yes',
    tools: 'yes',
    parallelToolCalls: 'yes',
    singleToolCalls: 'yes',
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
    severalChoices: 'left out',
    stops: 'left out',
  },
  encode: encodeResponsesRequest,
  decode: decodeResponse,
  newReader: (transcript, options) => new ResponsesStreamReader(transcript, options),
  errorMessage: (body) => asText(asObject(parseObject(body)?.['error'])?.['message']) ?? undefined,
}
