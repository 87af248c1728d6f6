import { AppError } from './app-error.ts'

/** A preset at the version that is in force. */
export interface PresetInForce {
  slug: string
  systemPrompt: string | null
  config: Readonly<Record<string, unknown>>
}

/** The presets of a workspace, by slug. */
export type PresetBook = ReadonlyMap<string, PresetInForce>

type Body = Readonly<Record<string, unknown>>
/** Which protocol a body is of. */
export type BodyKind = 'chat' | 'messages' | 'responses'

const MARK = '@preset/'

/** Fields that only one protocol has; a preset may have been made of a request of another. */
const ONLY_OF: Readonly<Record<BodyKind, readonly string[]>> = {
  chat: [
    'frequency_penalty',
    'image_config',
    'logit_bias',
    'logprobs',
    'max_completion_tokens',
    'min_p',
    'modalities',
    'prediction',
    'presence_penalty',
    'reasoning_effort',
    'repetition_penalty',
    'response_format',
    'seed',
    'stop',
    'top_a',
    'verbosity',
  ],
  messages: ['context_management', 'fallbacks', 'output_config', 'speed', 'stop_sequences', 'thinking'],
  responses: ['include', 'max_output_tokens', 'max_tool_calls', 'store', 'text', 'truncation'],
}
/** Of both of two protocols, and so of the third alone not. */
const SHARED_FIELDS: Readonly<Partial<Record<BodyKind, readonly string[]>>> = {
  responses: ['frequency_penalty', 'modalities', 'presence_penalty', 'image_config'],
}

/** Whether a body names a preset: as `preset`, as its model `@preset/slug`, or behind its model. */
export function namesPreset(body: Body): boolean {
  const { model, preset } = body
  return (typeof preset === 'string' && preset !== '') || (typeof model === 'string' && model.includes(MARK))
}

/**
 * The request with what its preset sets and it doesn't. The preset's system prompt comes before its own; tools of both are
 * taken, the preset's first, and of two with one name the request's. Throws `not_found` for a preset that isn't there or isn't
 * active, `invalid_request` where two are named. Source: OpenRouter docs, presets.
 */
export function applyPreset(body: Body, presets: PresetBook | null, kind: BodyKind): Record<string, unknown> {
  const { slug, model } = readReference(body)
  const preset = presets?.get(slug)
  if (preset === undefined) throw new AppError('not_found', `Preset "${slug}" not found`, { slug })
  const { config } = preset
  const foreign = foreignTo(kind)
  const own = Object.entries({ ...body, model, preset: undefined }).filter(([, value]) => value != null)
  const merged: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(config).filter(([name]) => !foreign.has(name))),
    ...Object.fromEntries(own),
    // Whoever forbids that answers are kept is heard before who asks for it.
    ...(config['cache_enabled'] === false ? { cache_enabled: false } : {}),
  }
  if (Array.isArray(config['tools']) && Array.isArray(body['tools']))
    merged['tools'] = uniteTools(config['tools'], body['tools'])
  if (preset.systemPrompt !== null) addSystemPrompt(merged, preset.systemPrompt, kind)
  return merged
}

/** `model`: what is left of it, undefined where the preset is to say. */
function readReference({ model, preset }: Body): { slug: string; model: unknown } {
  const text = typeof model === 'string' ? model : ''
  const at = text.indexOf(MARK)
  const named = at < 0 ? undefined : text.slice(at + MARK.length)
  if (named !== undefined && typeof preset === 'string' && preset !== named)
    throw new AppError('invalid_request', 'preset: differs from the one that model names')
  const rest = at < 0 ? model : text.slice(0, at) || undefined
  return { slug: named ?? String(preset), model: rest }
}

function foreignTo(kind: BodyKind): ReadonlySet<string> {
  const others = (['chat', 'messages', 'responses'] as const).filter((other) => other !== kind)
  const shared = SHARED_FIELDS[kind] ?? []
  return new Set(others.flatMap((other) => ONLY_OF[other]).filter((name) => !shared.includes(name)))
}

/** In the preset's order, then those that the request adds. */
function uniteTools(ofPreset: readonly unknown[], ofRequest: readonly unknown[]): unknown[] {
  const united = new Map<string, unknown>()
  for (const [at, tool] of [...ofPreset, ...ofRequest].entries()) united.set(identityOf(tool) ?? `unnamed ${at}`, tool)
  return [...united.values()]
}

/** A function's name; of a server tool its type, but of those that there may be several of their name too. */
function identityOf(tool: unknown): string | undefined {
  const type = textAt(tool, 'type') ?? 'function'
  const name = textAt(fieldAt(tool, 'function'), 'name') ?? textAt(tool, 'name')
  const isServerTool = type.startsWith('openrouter:') && !/advisor|subagent/.test(type)
  if (isServerTool) return type
  return name === undefined ? (type === 'function' ? undefined : type) : `${type} ${name}`
}

function addSystemPrompt(body: Record<string, unknown>, prompt: string, kind: BodyKind): void {
  if (kind === 'chat') {
    const messages = Array.isArray(body['messages']) ? body['messages'] : []
    body['messages'] = [{ role: 'system', content: prompt }, ...messages]
    return
  }
  const name = kind === 'messages' ? 'system' : 'instructions'
  const own = body[name]
  if (Array.isArray(own)) body[name] = [{ type: 'text', text: prompt }, ...own]
  else body[name] = typeof own === 'string' && own !== '' ? `${prompt}\n\n${own}` : prompt
}

function textAt(value: unknown, name: string): string | undefined {
  const found = fieldAt(value, name)
  return typeof found === 'string' ? found : undefined
}

function fieldAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
