import type { PRESET_OPERATIONS, PresetVersionWire } from '../../../../src/contract/management/presets.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'

/** What is typed into the form of a preset's version. */
export interface PresetDraft {
  model: string
  systemPrompt: string
  temperature: string
  maxTokens: string
  /** All other settings, as a JSON object; empty for none. */
  more: string
}

type Request = RequestOf<typeof PRESET_OPERATIONS.createPresetsChatCompletions>

/** The newest version is the one to begin with. */
export function draftOf(version: PresetVersionWire | null): PresetDraft {
  const { model, temperature, max_tokens, ...more } = version?.config ?? {}
  return {
    model: typeof model === 'string' ? model : '',
    systemPrompt: version?.system_prompt ?? '',
    temperature: typeof temperature === 'number' ? String(temperature) : '',
    maxTokens: typeof max_tokens === 'number' ? String(max_tokens) : '',
    more: Object.keys(more).length === 0 ? '' : JSON.stringify(more, null, 2),
  }
}

/** A request with these settings; what it asks is dropped when the preset is made of it. Throws on what is no JSON object. */
export function requestOf(draft: PresetDraft, slug: string, workspaceId: string): Request {
  const { model, systemPrompt, temperature, maxTokens } = draft
  const system = systemPrompt.trim() === '' ? [] : [{ role: 'system' as const, content: systemPrompt }]
  return {
    ...moreOf(draft.more),
    slug,
    workspace_id: workspaceId,
    messages: [...system, { role: 'user', content: '-' }],
    ...(model.trim() === '' ? {} : { model: model.trim() }),
    ...(temperature === '' ? {} : { temperature: Number(temperature) }),
    ...(maxTokens === '' ? {} : { max_tokens: Number(maxTokens) }),
  }
}

/** Why the text is no JSON object; undefined where it is one, or empty. */
export function moreFault(text: string): string | undefined {
  try {
    moreOf(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function moreOf(text: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('must be a JSON object')
  return value as Record<string, unknown>
}
