import { z } from 'zod'
import { QUANTIZATIONS } from '../inference/chat-completions.ts'
import { MODEL_FACTS } from '../inference/model-facts.ts'
import { DATA_REGIONS } from '../management/guardrail-fields.ts'
import { discountProblem, priceProblem, TOKEN_PRICE_KEYS, UNIT_PRICE_KEYS } from './price-text.ts'

/*
 * What may be said of a provider and its models, in the file of providers and through the API alike. Strict: an unknown key
 * is a fault, so that a typo is never a silent default.
 */

const TOKENS_MAX = 1_000_000_000
const INPUT_MODALITIES = ['text', 'image', 'file', 'audio', 'video'] as const
const OUTPUT_MODALITIES = [
  'text',
  'image',
  'embeddings',
  'audio',
  'video',
  'rerank',
  'speech',
  'transcription',
] as const

export const WebUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2_000)
const Tokens = z.number('must be a number of tokens').int().min(1).max(TOKENS_MAX)

/** Without a trailing slash. */
export const BaseUrl = WebUrl.transform((url, context) => {
  const { username, password, search, hash } = new URL(url)
  if (username !== '' || password !== '')
    context.addIssue({ code: 'custom', message: 'must not contain a user or password; give the credential apart' })
  if (search !== '' || hash !== '') context.addIssue({ code: 'custom', message: 'must not have a query or fragment' })
  return url.replace(/\/+$/, '')
})

export const ProviderSlug = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9._-]+)?$/, 'must be lower-case letters, digits, dots and dashes')
  .refine((slug) => slug !== 'sim', 'sim is reserved for the built-in provider')
export const ProviderName = z.string().min(1).max(200)
const DIALECTS = ['openai-chat', 'openai-responses', 'anthropic', 'gemini', 'bedrock'] as const
export const ProviderDialect = z.enum(DIALECTS, `must be one of ${DIALECTS.join(', ')}`)
const QUIRKS = [
  'none',
  'openai',
  'azure',
  'groq',
  'mistral',
  'deepseek',
  'xai',
  'together',
  'cerebras',
  'perplexity',
  'fireworks',
  'deepinfra',
  'openrouter',
  'ollama',
  'vllm',
] as const
/** In what it differs from other providers of its dialect. */
export const ProviderQuirks = z.enum(QUIRKS, `must be one of ${QUIRKS.join(', ')}`)
export type QuirksName = z.output<typeof ProviderQuirks>
/** It goes into a header, which takes nothing else: a placeholder's "…" would fail at each request instead. */
export const ProviderSecret = z
  .string('must be a string')
  .min(1)
  .max(4_096)
  .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII characters without spaces')
/** Where it processes data; `global` is anywhere. */
export const DataRegion = z.enum(DATA_REGIONS)
export const DataPolicy = z.strictObject({ training: z.boolean(), retains_prompts: z.boolean() })

const price = (key: string) =>
  z.string('must be a quoted decimal string of US dollars, such as "0.00000015"').superRefine((text, context) => {
    const problem = priceProblem(key, text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

type Price = z.ZodOptional<z.ZodString>
function prices<K extends string>(keys: readonly K[]): Record<K, Price> {
  return Object.fromEntries(keys.map((key) => [key, price(key).optional()])) as Record<K, Price>
}

/** HHMM in UTC. */
const TimeOfDay = z
  .int()
  .min(0)
  .max(2_400)
  .refine((time) => time % 100 < 60, 'must be a time of day such as 1630')

/** Holds while the input is longer than `min_prompt_tokens`, and from `utc_start` until before `utc_end`, over midnight where that
 *  is earlier; where several hold, a later one replaces prices of those before it. */
const PriceOverride = z
  .strictObject({
    ...prices(TOKEN_PRICE_KEYS),
    min_prompt_tokens: z.int().min(0).max(TOKENS_MAX).optional(),
    utc_start: TimeOfDay.optional(),
    utc_end: TimeOfDay.optional(),
  })
  .superRefine(({ utc_start: start, utc_end: end }, context) => {
    if ((start === undefined) !== (end === undefined))
      context.addIssue({
        code: 'custom',
        path: ['utc_start'],
        message: 'needs utc_end beside it, and the other way round',
      })
    else if (start !== undefined && start === end)
      context.addIssue({ code: 'custom', path: ['utc_end'], message: 'must differ from utc_start' })
  })

/** The official Pricing object. */
const Pricing = z.strictObject({
  ...prices(TOKEN_PRICE_KEYS),
  ...prices(UNIT_PRICE_KEYS),
  discount: z
    .number()
    .superRefine((discount, context) => {
      const problem = discountProblem(discount)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
    .optional(),
  overrides: z.array(PriceOverride).max(20).optional(),
})

/** What chose there in their place would go past everything that restricts models. */
const CHOSEN_NAMES: readonly string[] = ['openrouter/auto', 'openrouter/free']

/** A model at a provider, with its prices. */
export const ModelEntry = z
  .strictObject({
    id: z
      .string()
      .max(200)
      .regex(
        /^[A-Za-z0-9][\w.~-]*\/[A-Za-z0-9][\w.~-]*(:[\w.-]+)?$/,
        'must have the form author/model, such as openai/gpt-4o-mini',
      ),
    upstream_id: z.string().min(1).max(300).optional(),
    pricing: Pricing.optional(),
    free: z.boolean().optional(),
    context_length: Tokens,
    max_completion_tokens: Tokens.nullish(),
    quantization: z.enum(QUANTIZATIONS).optional(),
    supported_parameters: z.array(z.string().min(1).max(100)).max(100).optional(),
    name: z.string().min(1).max(200).optional(),
    description: z.string().max(10_000).optional(),
    created: z.number().int().min(0).max(99_999_999_999).optional(),
    knowledge_cutoff: z.string().max(50).optional(),
    input_modalities: z.array(z.enum(INPUT_MODALITIES)).min(1).max(INPUT_MODALITIES.length).optional(),
    output_modalities: z.array(z.enum(OUTPUT_MODALITIES)).min(1).max(OUTPUT_MODALITIES.length).optional(),
    ...MODEL_FACTS,
    /** Prices in place of `pricing` where the provider serves in another tier than its usual one. */
    service_tiers: z.strictObject({ flex: Pricing.optional(), priority: Pricing.optional() }).optional(),
  })
  .superRefine(({ id, pricing, free, output_modalities: outputs = [] }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (id.startsWith('sim/')) fault(['id'], 'sim/ is reserved for the built-in provider')
    if (CHOSEN_NAMES.includes(id)) fault(['id'], `${id} stands for models of the catalogue that the gateway chooses`)
    if (free === true && pricing !== undefined) fault(['free'], 'excludes pricing: give one of the two')
    if (free === true) return
    if (pricing === undefined)
      return fault([], `${id} has no pricing: give prompt and completion prices, or free: true`)
    const isRanks = outputs.includes('rerank') && !outputs.includes('embeddings')
    if (pricing.search_unit !== undefined && !isRanks)
      fault(['pricing', 'search_unit'], 'is for models whose output_modalities name rerank, and not embeddings')
    const isPerToken = pricing.prompt !== undefined && pricing.completion !== undefined
    const isPerPiece =
      (pricing.request ?? pricing.search_unit) !== undefined &&
      pricing.prompt === undefined &&
      pricing.completion === undefined
    if (!isPerToken && !isPerPiece)
      fault(['pricing'], 'must have both prompt and completion, or request or search_unit alone')
  })
export type ModelEntry = z.output<typeof ModelEntry>
