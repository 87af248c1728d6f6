import type { QuirksName } from '../contract/common/provider-schema.ts'
import type { ModelFacts } from '../contract/inference/model-facts.ts'
import type { DATA_REGIONS } from '../contract/management/guardrail-fields.ts'
import type { Prices } from './pricing.ts'
import type { WirePricing } from './wire-prices.ts'

/** Where a provider processes data. `global` is anywhere, and what holds for one that says nothing. */
export type DataRegion = (typeof DATA_REGIONS)[number]

export type DialectName = 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini' | 'bedrock'

/** Who runs models, and how it is reached. */
export interface Provider {
  slug: string
  name: string
  dialect: DialectName
  /** Without a trailing slash; the dialect appends its path. `sim:` is the built-in provider, which needs no network. */
  baseUrl: string
  /** In what it differs from others of its dialect. */
  quirks?: QuirksName
  /** Whether it serves OpenAI's models on Azure, with the version of its API where the address doesn't say it. */
  azure?: { apiVersion: string | null }
  /** The upstream credential; never logged, never sent anywhere but to this provider. */
  apiKey: string | null
  /** Whether the installation has no credential for it, so that it is called with customers' own alone. */
  isByokOnly?: true
  /** Whether a private or loopback address is allowed because an administrator named the provider in the config file. */
  isFromConfigFile: boolean
  /** Whose it is and who sees it; null is everybody. */
  visibility: Visibility | null
  dataPolicy: { training: boolean; retainsPrompts: boolean }
  dataRegion: DataRegion
  privacyPolicyUrl: string | null
  termsOfServiceUrl: string | null
  statusPageUrl: string | null
}

/** A provider that an organization added for itself. */
export interface Visibility {
  organizationId: string
  /** null is all workspaces of the organization. */
  workspaceIds: readonly string[] | null
}

/** One model at one provider. */
export interface Endpoint {
  /** Deterministic UUID of (provider, model id): the `endpoint_id` of the wire. */
  id: string
  modelId: string
  provider: Provider
  upstreamId: string
  /** Provider slug, with the variant behind a slash where there is one. */
  tag: string
  prices: Prices
  /** The official Pricing object, decimal strings of USD, as the catalogue shows it. */
  wirePricing: WirePricing
  contextLength: number
  maxCompletionTokens: number | null
  quantization: string
  supportedParameters: readonly string[]
  /** The customer's credential that `provider` has in the place of the installation's; missing where it has that. */
  byokKeyId?: string
  /** A UUID under which its health is watched, where that is not `id`. */
  healthId?: string
  /** The endpoint that this one is a service tier of; missing where it is none. */
  usual?: Endpoint
}

/** What a caller asks for: `author/slug`. Endpoints in the order of the configuration. */
export interface Model {
  id: string
  canonicalSlug: string
  name: string
  /** Unix seconds. */
  created: number
  description: string
  inputModalities: readonly string[]
  outputModalities: readonly string[]
  knowledgeCutoff: string | null
  facts?: ModelFacts
  endpoints: readonly Endpoint[]
}

/** All models and providers at one moment; immutable, replaced whole on reload. */
export interface Catalogue {
  /** Hash of all prices in it: the price-book version each charge names. */
  priceVersion: string
  models: ReadonlyMap<string, Model>
  providers: readonly Provider[]
}
