import { AppError } from './app-error.ts'
import { fieldAt, textAt } from './loose-fields.ts'
import { BOUND_NAMES, translateSettings } from './translate-settings.ts'

/** A preset at the version that is in force. */
export interface PresetInForce {
  slug: string
  systemPrompt: string | null
  config: Readonly<Record<string, unknown>>
}

/** The presets of a workspace, by slug. */
export type PresetBook = ReadonlyMap<string, PresetInForce>

type Body = Readonly<Record<string, unknown>>
/** Which protocol a body is of; `list` is of embeddings and of rerank. */
export type BodyKind = ConversationKind | 'completions' | 'list'
type ConversationKind = 'chat' | 'messages' | 'responses'

const MARK = '@preset/'

/** Fields that only one protocol has; a preset may have been made of a request of another. */
const ONLY_OF: Readonly<Record<ConversationKind, readonly string[]>> = {
  chat: [
    'frequency_penalty',
    'image_config',
    'logit_bias',
    'logprobs',
    'max_completion_tokens',
    'min_p',
    'modalities',
    'n',
    'parallel_tool_calls',
    'prediction',
    'presence_penalty',
    'prompt_cache_key',
    'prompt_cache_options',
    'reasoning',
    'reasoning_effort',
    'repetition_penalty',
    'response_format',
    'seed',
    'stop',
    'top_a',
    'top_logprobs',
    'verbosity',
  ],
  messages: ['context_management', 'fallbacks', 'output_config', 'speed', 'stop_sequences', 'thinking'],
  responses: ['include', 'max_output_tokens', 'max_tool_calls', 'store', 'text', 'truncation'],
}
/** Of both of two protocols, and so of the third alone not. */
const SHARED_FIELDS: Readonly<Partial<Record<BodyKind, readonly string[]>>> = {
  responses: [
    'frequency_penalty',
    'image_config',
    'modalities',
    'parallel_tool_calls',
    'presence_penalty',
    'prompt_cache_key',
    'prompt_cache_options',
    'reasoning',
    'top_logprobs',
  ],
}
/** What a preset of conversations has to say of what is none. */
const LIST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'provider',
  'dimensions',
  'encoding_format',
  'input_type',
  'top_n',
])
/** Chat completions say it otherwise. */
const NOT_OF_COMPLETIONS = ['logprobs', 'top_logprobs']

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
  const config = withoutOverruled(fieldsFor(kind, preset.config), body)
  const own = Object.entries({ ...body, model, preset: undefined }).filter(([, value]) => value != null)
  const merged: Record<string, unknown> = {
    ...config,
    ...Object.fromEntries(own),
    // Whoever forbids that answers are kept is heard before who asks for it.
    ...(config['cache_enabled'] === false ? { cache_enabled: false } : {}),
  }
  if (Array.isArray(config['tools']) && Array.isArray(body['tools']))
    merged['tools'] = uniteTools(config['tools'], body['tools'])
  // What has a prompt has no messages of its own.
  if (kind === 'completions') merged['messages'] = []
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

/** What of a preset's settings a request of the kind knows, in its own words. */
function fieldsFor(kind: BodyKind, config: PresetInForce['config']): Readonly<Record<string, unknown>> {
  const given = Object.entries(config)
  if (kind === 'list') return Object.fromEntries(given.filter(([name]) => LIST_FIELDS.has(name)))
  const foreign = foreignTo(kind)
  const known = Object.fromEntries(given.filter(([name]) => !foreign.has(name)))
  const form = kind === 'completions' ? 'chat' : kind
  const all = { ...known, ...translateSettings(config, form) }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Fields of which one says what another does. */
const SAID_TWICE = [BOUND_NAMES, ['reasoning', 'reasoning_effort']] as const

/** What the request says by another name isn't said by the preset once more. */
function withoutOverruled(config: Body, body: Body): Body {
  const overruled = SAID_TWICE.filter((names) => names.some((name) => body[name] != null)).flat()
  if (overruled.length === 0) return config
  return Object.fromEntries(Object.entries(config).filter(([name]) => !overruled.some((other) => other === name)))
}

function foreignTo(kind: Exclude<BodyKind, 'list'>): ReadonlySet<string> {
  const own = kind === 'completions' ? 'chat' : kind
  const others = (['chat', 'messages', 'responses'] as const).filter((other) => other !== own)
  const shared = SHARED_FIELDS[kind] ?? []
  const foreign = others.flatMap((other) => ONLY_OF[other]).filter((name) => !shared.includes(name))
  return new Set(kind === 'completions' ? [...foreign, ...NOT_OF_COMPLETIONS] : foreign)
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
  if (kind === 'list') return
  if (kind === 'chat' || kind === 'completions') {
    const messages = Array.isArray(body['messages']) ? body['messages'] : []
    body['messages'] = [{ role: 'system', content: prompt }, ...messages]
    return
  }
  const name = kind === 'messages' ? 'system' : 'instructions'
  const own = body[name]
  if (Array.isArray(own)) body[name] = [{ type: 'text', text: prompt }, ...own]
  else body[name] = typeof own === 'string' && own !== '' ? `${prompt}\n\n${own}` : prompt
}
