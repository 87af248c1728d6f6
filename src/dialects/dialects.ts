import type { DialectName } from '../domain/catalogue.ts'
import { anthropic } from './anthropic/dialect.ts'
import { bedrock } from './bedrock/dialect.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini/dialect.ts'
import { openaiChat } from './openai-chat/dialect.ts'
import { openaiResponses } from './openai-responses/dialect.ts'

/** Every format that providers are spoken to in. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  gemini,
  bedrock,
}
