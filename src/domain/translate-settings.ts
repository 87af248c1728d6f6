import { fieldAt, textAt } from './loose-fields.ts'

type Fields = Readonly<Record<string, unknown>>

/** The formats in which a conversation is asked for. */
export type SettingsForm = 'chat' | 'messages' | 'responses'

/** The bound of the output by all of its names. */
export const BOUND_NAMES = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'] as const
const BOUNDS: Readonly<Record<SettingsForm, string>> = {
  chat: 'max_tokens',
  messages: 'max_tokens',
  responses: 'max_output_tokens',
}
const STOPS: Readonly<Partial<Record<SettingsForm, string>>> = { chat: 'stop', messages: 'stop_sequences' }

/**
 * Settings of a request that formats say otherwise than each other, in the words of `form`: the bound of the output, what ends it,
 * functions, and which of them is to be called. A field that the format doesn't have is undefined.
 */
export function translateSettings(settings: Fields, form: SettingsForm): Record<string, unknown> {
  const { tools, tool_choice: choice } = settings
  return {
    ...boundOf(settings, form),
    ...stopsOf(settings, form),
    ...(Array.isArray(tools) ? { tools: tools.map((tool) => toTool(tool, form)) } : {}),
    ...(choice == null ? {} : { tool_choice: toChoice(choice, form) }),
  }
}

function boundOf(settings: Fields, form: SettingsForm): Record<string, unknown> {
  const name = BOUND_NAMES.find((one) => settings[one] != null)
  if (name === undefined || name === BOUNDS[form] || (form === 'chat' && name === 'max_completion_tokens')) return {}
  return { [name]: undefined, [BOUNDS[form]]: settings[name] }
}

function stopsOf({ stop, stop_sequences: sequences }: Fields, form: SettingsForm): Record<string, unknown> {
  const name = STOPS[form]
  const given = stop ?? sequences
  if (name === undefined || given == null) return {}
  return { [name]: form === 'messages' && !Array.isArray(given) ? [given] : given }
}

/** A function, in whichever of the formats; what else a tool may be stays as it is. */
function toTool(tool: unknown, form: SettingsForm): unknown {
  const own = formOf(tool)
  if (own === undefined || own === form) return tool
  const said = own === 'chat' ? fieldAt(tool, 'function') : tool
  const [name, description, strict] = ['name', 'description', 'strict'].map((field) => fieldAt(said, field))
  const parameters = fieldAt(said, own === 'messages' ? 'input_schema' : 'parameters')
  const marker = fieldAt(tool, 'cache_control')
  const common = definedOnly({ name, description, strict: strict ?? undefined })
  const marked = definedOnly({ cache_control: form === 'responses' ? undefined : marker })
  if (form === 'messages') return { ...common, input_schema: parameters ?? { type: 'object' }, ...marked }
  const known = { ...common, ...definedOnly({ parameters }) }
  return form === 'chat' ? { type: 'function', function: known, ...marked } : { type: 'function', ...known }
}

function formOf(tool: unknown): SettingsForm | undefined {
  if (fieldAt(tool, 'function') !== undefined) return 'chat'
  if (fieldAt(tool, 'input_schema') !== undefined) return 'messages'
  return textAt(tool, 'type') === 'function' ? 'responses' : undefined
}

const CHOICES: Readonly<Record<string, string>> = { none: 'none', auto: 'auto', any: 'required', required: 'required' }

function toChoice(choice: unknown, form: SettingsForm): unknown {
  const kind = textAt(choice, 'type') ?? (typeof choice === 'string' ? choice : '')
  const name = textAt(fieldAt(choice, 'function'), 'name') ?? textAt(choice, 'name')
  if (name !== undefined && (kind === 'function' || kind === 'tool')) {
    if (form === 'messages') return { type: 'tool', name }
    return form === 'chat' ? { type: 'function', function: { name } } : { type: 'function', name }
  }
  const mode = Object.hasOwn(CHOICES, kind) ? CHOICES[kind] : undefined
  if (mode === undefined || form !== 'messages') return mode ?? choice
  return { type: mode === 'required' ? 'any' : mode }
}

function definedOnly(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
