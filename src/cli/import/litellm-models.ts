import { z } from 'zod'
import { field } from './imported.ts'

/** The models of LiteLLM's config.yaml as providers of ours. */

const Entry = z.looseObject({
  model_name: z.string(),
  litellm_params: z.looseObject({
    model: z.string(),
    api_base: z.string().nullish(),
    api_key: z.string().nullish(),
    input_cost_per_token: z.number().nullish(),
    output_cost_per_token: z.number().nullish(),
  }),
  model_info: z
    .looseObject({
      max_tokens: z.number().nullish(),
      max_input_tokens: z.number().nullish(),
      max_output_tokens: z.number().nullish(),
      input_cost_per_token: z.number().nullish(),
      output_cost_per_token: z.number().nullish(),
    })
    .nullish(),
})
type Entry = z.output<typeof Entry>
const Config = z.looseObject({ model_list: z.array(Entry).nullish() }).nullish()

/** What the gateway finds by itself when the variable is set. */
const FROM_ENVIRONMENT: Readonly<Record<string, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GEMINI_API_KEY',
  groq: 'GROQ_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  deepseek: 'DEEPSEEK_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
}
const DIALECTS: Readonly<Record<string, string>> = { anthropic: 'anthropic', gemini: 'gemini' }
/** What LiteLLM calls anything that speaks OpenAI's format. */
const SPEAKS_OPENAI = new Set([
  'openai',
  'hosted_vllm',
  'vllm',
  'custom_openai',
  'openai_like',
  'ollama_chat',
  'litellm_proxy',
])
const CONTEXT_LENGTH_UNKNOWN = 32_768
const ENVIRONMENT = 'os.environ/'

/** What callers of LiteLLM ask for, and what they ask for here. */
export function modelNamesOf(config: unknown): Map<string, string> {
  return new Map(entriesOf(config).map((entry) => [entry.model_name, idOf(entry)]))
}

function entriesOf(config: unknown): Entry[] {
  return Config.parse(config ?? undefined)?.model_list ?? []
}

function idOf({ model_name, litellm_params }: Entry): string {
  const { prefix, upstream } = splitModel(litellm_params.model)
  // Without an address of its own it is the provider's model, by the provider's name.
  if (!litellm_params.api_base) return `${prefix === 'gemini' ? 'google' : prefix}/${upstream}`
  return /^[\w.~-]+\/[\w.~-]+$/.test(model_name) ? model_name : `${prefix}/${model_name.replaceAll(/[^\w.~-]+/g, '-')}`
}

function splitModel(model: string): { prefix: string; upstream: string } {
  const slash = model.indexOf('/')
  return slash < 0
    ? { prefix: 'openai', upstream: model }
    : { prefix: model.slice(0, slash), upstream: model.slice(slash + 1) }
}

export function providersOf(config: unknown): { providers: Record<string, unknown>[]; notes: string[] } {
  const notes = new Set<string>()
  const providers = new Map<string, Record<string, unknown> & { models: Record<string, unknown>[] }>()
  for (const entry of entriesOf(config)) {
    const { api_base, model } = entry.litellm_params
    const { prefix } = splitModel(model)
    const variable = FROM_ENVIRONMENT[prefix]
    if (!api_base && variable !== undefined) {
      notes.add(`models of ${prefix}: set ${variable}, and the gateway has them with their prices`)
      continue
    }
    if (!api_base || !(SPEAKS_OPENAI.has(prefix) || prefix in DIALECTS)) {
      notes.add(
        `${entry.model_name}: ${model} has no counterpart yet; add its provider to the file of providers by hand`,
      )
      continue
    }
    const made = modelOf(entry)
    if (made === undefined) {
      notes.add(`${entry.model_name}: LiteLLM's file gives no price for it; add it to the file of providers with one`)
      continue
    }
    const provider = providers.get(api_base) ?? newProvider(entry, api_base, notes)
    providers.set(api_base, provider)
    if (provider.models.some(({ id }) => id === made['id']))
      notes.add(`${entry.model_name}: is there twice; the first one counts`)
    else provider.models.push(made)
  }
  return { providers: [...providers.values()], notes: [...notes] }
}

function newProvider({ litellm_params }: Entry, apiBase: string, notes: Set<string>) {
  const { prefix } = splitModel(litellm_params.model)
  const host = new URL(apiBase).host.replaceAll(/[^a-z0-9]+/g, '-')
  const key = litellm_params.api_key
  const variable = key?.startsWith(ENVIRONMENT)
    ? key.slice(ENVIRONMENT.length)
    : `PROVIDER_${host.replaceAll('-', '_').toUpperCase()}_API_KEY`
  if (key && !key.startsWith(ENVIRONMENT)) notes.add(`${apiBase}: its credential is not copied; set ${variable}`)
  return {
    slug: host,
    dialect: DIALECTS[prefix] ?? 'openai-chat',
    base_url: apiBase,
    ...field('api_key_env', key ? variable : null),
    models: [] as Record<string, unknown>[],
  }
}

/** Undefined without a price. */
function modelOf(entry: Entry): Record<string, unknown> | undefined {
  const { litellm_params: params, model_info: info } = entry
  const input = params.input_cost_per_token ?? info?.input_cost_per_token
  const output = params.output_cost_per_token ?? info?.output_cost_per_token
  if (typeof input !== 'number' || typeof output !== 'number') return undefined
  return {
    id: idOf(entry),
    upstream_id: splitModel(params.model).upstream,
    ...(input === 0 && output === 0
      ? { free: true }
      : { pricing: { prompt: decimal(input), completion: decimal(output) } }),
    context_length: info?.max_input_tokens ?? info?.max_tokens ?? CONTEXT_LENGTH_UNKNOWN,
    ...field('max_completion_tokens', info?.max_output_tokens),
  }
}

/** Without an exponent. */
function decimal(amount: number): string {
  return amount.toFixed(15).replace(/\.?0+$/, '')
}
