import { z } from 'zod'
import { DebugOptions, Plugins, Transforms } from './plugins.ts'
import { RequestTrace } from './request-trace.ts'

/*
 * What the gateway reads of a chat completion request. Fields it doesn't read pass through to the provider; the provider
 * preferences are ours alone and therefore strict.
 */

const Name = z.string().min(1).max(200)
const PRICE_MAX = 1_000_000_000
const Price = z.union([z.number().nonnegative().max(PRICE_MAX), z.string().regex(/^\d{1,12}(\.\d{1,12})?$/)])
const Percentiles = z.union([
  z.number().nonnegative(),
  z.strictObject({
    p50: z.number().nonnegative().optional(),
    p75: z.number().nonnegative().optional(),
    p90: z.number().nonnegative().optional(),
    p99: z.number().nonnegative().optional(),
  }),
])
const SORTS = ['price', 'throughput', 'latency', 'exacto'] as const
/** Number formats of weights that an endpoint may name. */
export const QUANTIZATIONS = [
  'int4',
  'int8',
  'fp4',
  'mxfp4',
  'nvfp4',
  'fp6',
  'fp8',
  'mxfp8',
  'fp16',
  'bf16',
  'fp32',
  'unknown',
] as const

export const ProviderPreferences = z.strictObject({
  order: z.array(Name).max(100).nullish(),
  allow_fallbacks: z.boolean().nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
  zdr: z.boolean().nullish(),
  enforce_distillable_text: z.boolean().nullish(),
  only: z.array(Name).max(100).nullish(),
  ignore: z.array(Name).max(100).nullish(),
  quantizations: z.array(z.enum(QUANTIZATIONS)).max(100).nullish(),
  sort: z
    .union([
      z.enum(SORTS),
      z.strictObject({ by: z.enum(SORTS).nullish(), partition: z.enum(['model', 'none']).nullish() }),
    ])
    .nullish(),
  preferred_min_throughput: Percentiles.nullish(),
  preferred_max_latency: Percentiles.nullish(),
  max_price: z
    .strictObject({
      prompt: Price.optional(),
      completion: Price.optional(),
      image: Price.optional(),
      audio: Price.optional(),
      request: Price.optional(),
    })
    .nullish(),
})
export type ProviderPreferences = z.infer<typeof ProviderPreferences>

const SERVICE_TIERS = ['auto', 'default', 'fast', 'flex', 'priority', 'scale'] as const
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const
const TOKENS_MAX = 10_000_000
/** Every list has a bound: the checker keeps an issue for each bad element, and a body can hold millions. */
const CONTENT_PARTS_MAX = 10_000

export const ChatMessage = z.looseObject({
  role: z.enum(ROLES),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })).max(CONTENT_PARTS_MAX)]).nullish(),
})

export const ChatCompletionRequest = z.looseObject({
  model: z.string().min(1).max(500).nullish(),
  models: z.array(z.string().min(1).max(500)).min(1).max(20).nullish(),
  messages: z.array(ChatMessage).min(1).max(100_000),
  provider: ProviderPreferences.nullish(),
  /** The older way to say `provider.sort.partition`. */
  route: z.enum(['fallback', 'sort']).nullish(),
  preset: z.string().max(200).nullish(),
  stream: z.boolean().nullish(),
  max_tokens: z.number().int().min(1).max(TOKENS_MAX).nullish(),
  max_completion_tokens: z.number().int().min(1).max(TOKENS_MAX).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  /** `fast` is `priority`. */
  service_tier: z.enum(SERVICE_TIERS).nullish(),
  user: z.string().max(256).nullish(),
  session_id: z.string().max(256).nullish(),
  trace: RequestTrace.nullish(),
  plugins: Plugins.nullish(),
  transforms: Transforms.nullish(),
  debug: DebugOptions.nullish(),
  /** Of presets. */
  cache_enabled: z.boolean().nullish(),
  cache_ttl_seconds: z.number().int().nullish(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs')
    .nullish(),
})
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>
