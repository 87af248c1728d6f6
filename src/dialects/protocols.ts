import { messagesProtocol } from './anthropic/protocol.ts'
import { completionsProtocol } from './openai-chat/completions-protocol.ts'
import { embeddingsProtocol, rerankProtocol } from './openai-chat/list-protocols.ts'
import { chatProtocol } from './openai-chat/protocol.ts'
import { responsesProtocol } from './openai-responses/protocol.ts'
import type { ClientProtocol, ProtocolName } from './protocol.ts'

/** Every format that clients may speak. */
export const PROTOCOLS: Readonly<Record<ProtocolName, ClientProtocol>> = {
  chat: chatProtocol,
  responses: responsesProtocol,
  messages: messagesProtocol,
  completions: completionsProtocol,
  embeddings: embeddingsProtocol,
  rerank: rerankProtocol,
}
