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
    tools: true,
    parallelToolCalls: true,
    structuredOutputs: true,
    images: 'url-or-base64',
    files: 'base64',
    reasoning: true,
    cacheMarkers: true,
    logprobs: true,
    severalChoices: true,
  },
  encode: encodeChatRequest,
  decode: (text, { kind }) => (kind === 'chat' ? decodeAnswer(text) : decodeList(text, kind)),
  newReader: (transcript) => new ChatStreamReader(transcript),
  errorMessage: (body) => {
    const message = asObject(parseObject(body)?.['error'])?.['message']
    return typeof message === 'string' ? message : undefined
  },
}
