import { createHash } from 'node:crypto'
import type { Provider } from '../domain/catalogue.ts'
import type { ChatPayload } from './chat-request.ts'
import type { EncodeOptions } from './dialect.ts'
import { quirksNamed } from './openai-chat/quirks.ts'

/** By which a provider keeps a conversation at the server that has its prompt cached; nothing where it knows no such header, or
 *  the caller names no conversation. */
export function conversationHeader(
  { quirks }: Pick<Provider, 'quirks'>,
  { kind }: Pick<ChatPayload, 'kind'>,
  { conversation }: EncodeOptions,
): Record<string, string> {
  if (quirks === undefined || conversation === undefined || kind !== 'chat') return {}
  const { conversationHeader: name } = quirksNamed(quirks)
  return name === undefined ? {} : { [name]: createHash('sha256').update(conversation).digest('hex').slice(0, 32) }
}
