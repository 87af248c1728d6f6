import type { Dialect } from '../dialect.ts'
import { asObject, parseObject } from '../json-fields.ts'
import { messagesCounting } from './count-tokens.ts'
import { decodeMessage } from './decode-answer.ts'
import { encodeMessagesRequest } from './encode-request.ts'
import { MessagesStreamReader } from './read-stream.ts'

/** The format of Anthropic's Messages API. */
export const anthropic: Dialect = {
  name: 'anthropic',
  abilities: {
    kinds: ['chat'],
    streaming: 'yes',
    tools: 'yes',
    parallelToolCalls: 'yes',
    singleToolCalls: 'yes',
    structuredOutputs: 'yes',
    jsonObjects: 'left out',
    images: 'url-or-base64',
    files: 'url-or-base64',
    videos: 'refused',
    audio: 'refused',
    reasoning: 'yes',
    signedReasoning: 'yes',
    cacheMarkers: 'yes',
    logprobs: 'left out',
    severalChoices: 'left out',
    stops: 'yes',
  },
  encode: encodeMessagesRequest,
  counting: messagesCounting,
  decode: decodeMessage,
  newReader: (transcript, options) => new MessagesStreamReader(transcript, options),
  errorMessage: (body) => {
    const message = asObject(parseObject(body)?.['error'])?.['message']
    return typeof message === 'string' ? message : undefined
  },
}
