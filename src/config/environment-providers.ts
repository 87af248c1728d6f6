import type { CatalogueSource, EndpointSource } from '../domain/build-catalogue.ts'
import type { DialectName, Provider } from '../domain/catalogue.ts'
import { quirksOfAddress } from '../domain/provider-quirks.ts'
import { chargedPrices } from '../domain/wire-prices.ts'
import { ConfigError } from './config.ts'
import { knownModel } from './known-models.ts'
import { loadPricedModels, type PricedModel } from './price-data.ts'

/** For models of which the data package doesn't know it. */
const CONTEXT_LENGTH_UNKNOWN = 32_768
/** Models of OpenAI that are gone or answer on other paths than chat completions and embeddings. */
const NOT_OPENAI_CHAT =
  /:|-$|^(ada$|babbage$|curie$|davinci$|text-davinci|moderation|whisper|gpt-3\.5-0301|computer-use|gpt-image|gpt-realtime|gpt-transcribe|codex)|-(image|instruct|pro|codex|deep-research|realtime|transcribe|tts)\b/

/** What only other platforms of Google serve, is gone, or isn't asked in this way. */
const NOT_GEMINI_CHAT = /^claude|^gemini-(pro|1\.0|1\.5|flash-1\.5)|^gemma-[23]|live|omni|tts|embedding|-maas$/

interface EnvironmentProvider {
  /** Prefix of its variables: `<prefix>_API_KEY`, `<prefix>_BASE_URL`. */
  prefix: string
  slug: string
  /** What the data package calls it, where that isn't its slug. */
  priceId?: string
  /** Default: that of chat completions. */
  dialect?: DialectName
  name: string
  baseUrl: string
  /** Whether the provider may train on what it gets; whether it keeps prompts is assumed throughout. */
  training: boolean
  privacyPolicyUrl: string
  termsOfServiceUrl: string
  statusPageUrl: string | null
  toModelId: (upstreamId: string) => string | undefined
  toUpstreamId: (model: PricedModel) => string
}

const PROVIDERS: readonly EnvironmentProvider[] = [
  {
    prefix: 'OPENAI',
    slug: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    training: false,
    privacyPolicyUrl: 'https://openai.com/policies/privacy-policy/',
    termsOfServiceUrl: 'https://openai.com/policies/row-terms-of-use/',
    statusPageUrl: 'https://status.openai.com/',
    toModelId: (id) => (NOT_OPENAI_CHAT.test(id) ? undefined : `openai/${id}`),
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'ANTHROPIC',
    slug: 'anthropic',
    name: 'Anthropic',
    dialect: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    training: false,
    privacyPolicyUrl: 'https://www.anthropic.com/legal/privacy',
    termsOfServiceUrl: 'https://www.anthropic.com/legal/commercial-terms',
    statusPageUrl: 'https://status.anthropic.com/',
    toModelId: anthropicModelId,
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'GEMINI',
    slug: 'google-ai-studio',
    priceId: 'google',
    name: 'Google AI Studio',
    dialect: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    // Without billing it may train.
    training: true,
    privacyPolicyUrl: 'https://policies.google.com/privacy',
    termsOfServiceUrl: 'https://ai.google.dev/gemini-api/terms',
    statusPageUrl: 'https://aistudio.google.com/status',
    toModelId: (id) => (NOT_GEMINI_CHAT.test(id) ? undefined : `google/${id}`),
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'GROQ',
    slug: 'groq',
    name: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    training: false,
    privacyPolicyUrl: 'https://groq.com/privacy-policy/',
    termsOfServiceUrl: 'https://groq.com/terms-of-use/',
    statusPageUrl: 'https://groqstatus.com/',
    toModelId: groqModelId,
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'MISTRAL',
    slug: 'mistral',
    name: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    training: true,
    privacyPolicyUrl: 'https://mistral.ai/terms/#privacy-policy',
    termsOfServiceUrl: 'https://mistral.ai/terms/#terms-of-use',
    statusPageUrl: 'https://status.mistral.ai/',
    // Its free variants in the package are another provider's.
    toModelId: (id) => (/:|-ocr/.test(id) ? undefined : `mistralai/${id}`),
    toUpstreamId: mistralUpstreamId,
  },
  {
    prefix: 'DEEPSEEK',
    slug: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    training: true,
    privacyPolicyUrl: 'https://cdn.deepseek.com/policies/en-US/deepseek-privacy-policy.html',
    termsOfServiceUrl: 'https://cdn.deepseek.com/policies/en-US/deepseek-terms-of-use.html',
    statusPageUrl: 'https://status.deepseek.com/',
    toModelId: (id) => `deepseek/${id}`,
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'XAI',
    slug: 'xai',
    priceId: 'x-ai',
    name: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    training: false,
    privacyPolicyUrl: 'https://x.ai/legal/privacy-policy',
    termsOfServiceUrl: 'https://x.ai/legal/terms-of-service-enterprise',
    statusPageUrl: 'https://status.x.ai/',
    toModelId: (id) => (/voice|image/.test(id) ? undefined : `x-ai/${id}`),
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'CEREBRAS',
    slug: 'cerebras',
    name: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    training: false,
    privacyPolicyUrl: 'https://www.cerebras.ai/privacy-policy',
    termsOfServiceUrl: 'https://www.cerebras.ai/terms-of-service',
    statusPageUrl: 'https://status.cerebras.ai/',
    toModelId: groqModelId,
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'MOONSHOT',
    slug: 'moonshotai',
    name: 'Moonshot AI',
    baseUrl: 'https://api.moonshot.ai/v1',
    training: true,
    privacyPolicyUrl: 'https://platform.moonshot.ai/docs/agreement/userprivacy',
    termsOfServiceUrl: 'https://platform.moonshot.ai/docs/agreement/modeluse',
    statusPageUrl: null,
    toModelId: (id) => `moonshotai/${id}`,
    toUpstreamId: ({ id }) => id,
  },
  {
    prefix: 'OPENROUTER',
    slug: 'openrouter',
    name: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    training: true,
    privacyPolicyUrl: 'https://openrouter.ai/privacy',
    termsOfServiceUrl: 'https://openrouter.ai/terms',
    statusPageUrl: 'https://status.openrouter.ai/',
    toModelId: (id) => (/^[\w.-]+\/[\w.-]+(:free)?$/.test(id) ? id : undefined),
    toUpstreamId: ({ id }) => id,
  },
]

type Env = Readonly<Record<string, string | undefined>>

/** Slugs of providers that customers may bring a credential for although there is none here. */
export type ByokProviders = 'all' | readonly string[]

/**
 * Providers whose API key is in the environment (`OPENAI_API_KEY`, `GROQ_API_KEY`, …), with the models for chat and embeddings
 * and the prices that the data package has for them; without one, those that customers may bring a credential for. `<PREFIX>_BASE_URL` replaces the address. Throws ConfigError with all
 * faults at once.
 */
export async function readEnvironmentProviders(
  env: Env,
  nowMs: number,
  byokSlugs: ByokProviders = [],
): Promise<CatalogueSource> {
  const isForByok = ({ slug }: EnvironmentProvider) => byokSlugs === 'all' || byokSlugs.includes(slug)
  const active = PROVIDERS.filter((provider) => hasKey(provider, env) || isForByok(provider))
  const problems = active.flatMap(({ prefix }) => baseUrlProblem(`${prefix}_BASE_URL`, env))
  if (problems.length > 0) throw new ConfigError(problems)
  const endpoints: EndpointSource[] = []
  for (const provider of active) {
    for (const model of await loadPricedModels(provider.priceId ?? provider.slug, nowMs)) {
      const modelId = provider.toModelId(model.id)
      if (modelId !== undefined) endpoints.push(toEndpoint(provider, modelId, model))
    }
  }
  return { providers: active.map((provider) => toProvider(provider, env)), endpoints }
}

/** Names of the variables read here, for the documentation and the environment a supervisor passes on. */
export const ENVIRONMENT_PROVIDER_VARIABLES: readonly string[] = PROVIDERS.flatMap(({ prefix }) => [
  `${prefix}_API_KEY`,
  `${prefix}_BASE_URL`,
])

function hasKey({ prefix }: EnvironmentProvider, env: Env): boolean {
  return isSet(env[`${prefix}_API_KEY`])
}

function toProvider(provider: EnvironmentProvider, env: Env): Provider {
  const baseUrl = env[`${provider.prefix}_BASE_URL`]
  const quirks = quirksOfAddress(provider.baseUrl)
  return Object.freeze({
    slug: provider.slug,
    name: provider.name,
    dialect: provider.dialect ?? 'openai-chat',
    ...(quirks === undefined ? {} : { quirks }),
    baseUrl: (isSet(baseUrl) ? baseUrl : provider.baseUrl).trim().replace(/\/+$/, ''),
    ...(hasKey(provider, env)
      ? { apiKey: (env[`${provider.prefix}_API_KEY`] ?? '').trim() }
      : { apiKey: null, isByokOnly: true as const }),
    isFromConfigFile: false,
    visibility: null,
    dataPolicy: Object.freeze({ training: provider.training, retainsPrompts: true }),
    dataRegion: 'global',
    privacyPolicyUrl: provider.privacyPolicyUrl,
    termsOfServiceUrl: provider.termsOfServiceUrl,
    statusPageUrl: provider.statusPageUrl,
  })
}

function toEndpoint(provider: EnvironmentProvider, modelId: string, model: PricedModel): EndpointSource {
  const { prices, wirePricing } = chargedPrices(model.pricing)
  const known = knownModel(modelId.replace(/:free$/, ''))
  return {
    providerSlug: provider.slug,
    modelId,
    upstreamId: provider.toUpstreamId(model),
    prices: Object.freeze(prices),
    wirePricing: Object.freeze(wirePricing),
    quantization: 'unknown',
    name: model.name,
    description: model.description,
    ...known,
    contextLength: model.contextLength ?? known.contextLength ?? CONTEXT_LENGTH_UNKNOWN,
  }
}

/** The package names families; the API has dated ids, `open-…` ids and a `-latest` id for most families. */
function mistralUpstreamId({ id, aliases }: PricedModel): string {
  const rolling = aliases.find((alias) => alias === `${id}-latest` || alias === `open-${id}`)
  if (rolling !== undefined) return rolling
  if (aliases.includes(id)) return id
  return aliases.findLast((alias) => /-\d{4}$/.test(alias)) ?? `${id}-latest`
}

/** As clients call it: `claude-sonnet-4-5` → `anthropic/claude-sonnet-4.5`. What has no rolling id at the provider isn't offered. */
function anthropicModelId(id: string): string | undefined {
  if (/^claude-(v?[12]\b|3-(opus|sonnet|haiku)|3-5-sonnet)/.test(id)) return undefined
  const versioned = id.replace(/-latest$/, '').replace(/-(\d+)-(\d+)/, '-$1.$2')
  return `anthropic/${versioned.replace(/\.0$/, '')}`
}

/** Groq's own ids leave the author out for some families. */
function groqModelId(id: string): string {
  if (id.includes('/')) return id
  const [, family = ''] = /^(llama|gemma|mixtral|mistral|deepseek|qwen)/.exec(id) ?? []
  const authors: Readonly<Record<string, string>> = {
    llama: 'meta-llama',
    gemma: 'google',
    mixtral: 'mistralai',
    mistral: 'mistralai',
    deepseek: 'deepseek',
    qwen: 'qwen',
  }
  return `${authors[family] ?? 'groq'}/${id}`
}

function baseUrlProblem(name: string, env: Env): string[] {
  const value = env[name]
  if (!isSet(value)) return []
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isGood =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === ''
  return isGood ? [] : [`${name}: must be an http(s) URL without user, password and query`]
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ''
}
