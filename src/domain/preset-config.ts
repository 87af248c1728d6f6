export interface PresetConfig {
  systemPrompt: string | null
  config: Record<string, unknown>
}

/** What belongs to one request and not to the settings that many share, and what says where the preset is. */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  'slug',
  'workspace_id',
  'messages',
  'input',
  'prompt',
  'previous_response_id',
  'system',
  'instructions',
  'stream',
  'stream_options',
  'session_id',
  'trace',
  'user',
  'safety_identifier',
  'metadata',
  'background',
  'debug',
])

/**
 * The settings in the body of an inference request: what was sent and isn't null, without what is said to the model, and
 * apart from them what the model is told about itself: `system`, `instructions`, or else the leading system messages, put
 * together with an empty line between them.
 */
export function presetConfigOf(body: Readonly<Record<string, unknown>>): PresetConfig {
  const kept = Object.entries(body).filter(
    ([name, value]) => !OF_ONE_REQUEST.has(name) && value !== undefined && value !== null,
  )
  const texts = [
    textOf(body['system']),
    textOf(body['instructions']),
    ...systemMessages(body['messages'] ?? body['input']),
  ]
  const given = texts.filter((text) => text !== '')
  return { systemPrompt: given.length === 0 ? null : given.join('\n\n'), config: Object.fromEntries(kept) }
}

function systemMessages(messages: unknown): string[] {
  if (!Array.isArray(messages)) return []
  const isSystem = (message: unknown) => ['system', 'developer'].includes(String(fieldOf(message, 'role')))
  const end = messages.findIndex((message) => !isSystem(message))
  return messages.slice(0, end === -1 ? undefined : end).map((message: unknown) => textOf(fieldOf(message, 'content')))
}

/** The text of a content, which is one text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: unknown) => fieldOf(part, 'text')).filter((text) => typeof text === 'string')
  return texts.join('\n')
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
