import type { Dialect } from '../dialect.ts'
import { asObject, parseObject } from '../json-fields.ts'
import { decodeAnswer } from './decode-answer.ts'
import { decodeList } from './decode-list.ts'
import { encodeChatRequest } from './encode-request.ts'
import { ChatStreamReader } from './read-stream.ts'

/** The format of OpenAI's chat completions, which most providers speak. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  abilities: {
    kinds: ['chat', 'embeddings', 'rerank'],
    streaming: 'yes',
    tools: 'yes',
    parallelToolCalls: 'yes',
    singleToolCalls: 'yes',
    structuredOutputs: 'yes',
    jsonObjects: 'yes',
    images: 'url-or-base64',
    files: 'base64',
    videos: 'url-or-base64',
    audio: 'yes',
    reasoning: 'yes',
    signedReasoning: 'yes',
    cacheMarkers: 'yes',
    logprobs: 'yes',
    severalChoices: 'yes',
    stops: 'yes',
  },
  encode: encodeChatRequest,
  decode: (text, { kind }) => (kind === 'chat' ? decodeAnswer(text) : decodeList(text, kind)),
  newReader: (transcript) => new ChatStreamReader(transcript),
  errorMessage: (body) => {
    const message = asObject(parseObject(body)?.['error'])?.['message']
    return typeof message === 'string' ? message : undefined
  },
}
