import type { ClientProtocol } from '../protocol.ts'
import { toMessagesError } from './error-types.ts'
import { MessageStream } from './message-stream.ts'
import { parseMessagesRequest } from './parse-request.ts'
import { toMessage } from './to-message.ts'

/** `POST /api/v1/messages`. */
export const messagesProtocol: ClientProtocol = {
  name: 'messages',
  dialect: 'anthropic',
  path: '/messages',
  apiType: 'completions',
  parse: parseMessagesRequest,
  newStream: (identity) => new MessageStream(identity),
  toAnswer: toMessage,
  // Its reasons to stop are all of answers that came to an end.
  hasNoBrokenAnswers: true,
  toErrorBody: ({ error }, { generationId }) => ({ ...toMessagesError(error), request_id: generationId ?? null }),
}
