import { PRESET_OPERATIONS } from '../../src/contract/management/presets.ts'
import type { RequestOf, ResponseOf } from '../../src/contract/operation.ts'
import { call, newSlug } from './request.ts'

const { createPresetsChatCompletions } = PRESET_OPERATIONS

export const CHAT = {
  model: 'openai/gpt-4o-mini',
  temperature: 0.2,
  stream: true,
  messages: [
    { role: 'system' as const, content: 'Answer briefly.' },
    { role: 'user' as const, content: 'Hello' },
  ],
}

export async function newPreset(
  fields: Partial<RequestOf<typeof createPresetsChatCompletions>> = {},
): Promise<ResponseOf<typeof createPresetsChatCompletions>['data']> {
  const { data } = await call(createPresetsChatCompletions, { slug: newSlug(), ...CHAT, ...fields })
  return data
}
