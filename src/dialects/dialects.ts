import type { DialectName, Endpoint } from '../domain/catalogue.ts'
import { anthropic } from './anthropic/dialect.ts'
import { bedrock } from './bedrock/dialect.ts'
import type { Dialect, DialectAbilities } from './dialect.ts'
import { gemini } from './gemini/dialect.ts'
import { openaiChat } from './openai-chat/dialect.ts'
import { quirksNamed } from './openai-chat/quirks.ts'
import { openaiResponses } from './openai-responses/dialect.ts'

/** Every format that providers are spoken to in. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  gemini,
  bedrock,
}

/** What can be said to an endpoint: what its format can, but for what its provider doesn't take. */
export function abilitiesAt({ provider: { dialect, quirks } }: Pick<Endpoint, 'provider'>): DialectAbilities {
  const { abilities } = DIALECTS[dialect]
  return quirks !== undefined && quirksNamed(quirks).hasNoLinks ? { ...abilities, images: 'base64' } : abilities
}

/** Whether a provider is told what an answer will probably be, and may charge for what of it doesn't come true. */
export function chargesPredictions({ provider: { dialect, quirks } }: Pick<Endpoint, 'provider'>): boolean {
  const { dropped, hasFreePredictions } = quirksNamed(quirks ?? 'none')
  return dialect === 'openai-chat' && !hasFreePredictions && !dropped?.includes('prediction')
}
